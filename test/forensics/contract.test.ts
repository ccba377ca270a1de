import { blockedLoop } from "taskscope/forensics";
import { testPlugin } from "taskscope/testing";
import { test } from "vitest";

testPlugin({ test, create: () => blockedLoop({ thresholdMs: 20 }) });
