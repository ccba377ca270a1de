import { lifecycleLog } from "taskscope/log";
import { testPlugin } from "taskscope/testing";
import { describe, test } from "vitest";

describe("a log of everything", () => {
  testPlugin({ test, create: () => lifecycleLog({ minLevel: "trace", maxLines: 1, sink: () => {} }) });
});
