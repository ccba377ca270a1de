import { test } from "vitest";
import { checkModel } from "./check-model.ts";

test(
  "a tracker that is listened to does the same, and its events tell of all of it in order",
  { timeout: 600_000 },
  async () => {
    await checkModel("test/model/events.test.ts", true, 5_000);
  },
);
