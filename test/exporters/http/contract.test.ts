import { metricsPage } from "taskscope/http";
import { testPlugin } from "taskscope/testing";
import { describe, test } from "vitest";

describe("metricsPage()", () => {
  testPlugin({ create: () => metricsPage(), test });
});
