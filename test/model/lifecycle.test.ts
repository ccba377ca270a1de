import { test } from "vitest";
import { checkModel } from "./check-model.ts";

test("a tracker does what the model of its documentation does", { timeout: 600_000 }, async () => {
  await checkModel("test/model/lifecycle.test.ts", false, 5_000);
});
