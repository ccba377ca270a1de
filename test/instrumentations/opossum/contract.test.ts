import { circuitBreakers } from "taskscope/opossum";
import { testPlugin } from "taskscope/testing";
import { describe, test } from "vitest";

describe("without breakers", () => {
  testPlugin({ test, create: () => circuitBreakers() });
});

describe("with breakers for every task of the suite", () => {
  testPlugin({
    test,
    create: () => {
      const breakers = circuitBreakers();
      const names = ["managed", "parent", "child", "background", "cancelled", "unstarted", "held", "inside"];
      // The suite fails tasks on purpose: none may be refused.
      breakers.protect({ name: "all", taskName: names, volumeThreshold: 1_000 });
      breakers.protect({ name: "typed", taskType: ["general", 'a"\\\n'], volumeThreshold: 1_000 });
      return breakers;
    },
  });
});
