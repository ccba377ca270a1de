import { expect, test } from "vitest";
import { createTracker } from "taskscope";

const methods = {
  class(this: void): string {
    return "class";
  },
  class$(this: void): string {
    return "class$";
  },
};

test.each(["class", "class$"] as const)("a method that is named %s is no class", (name) => {
  expect(createTracker().wrap(methods[name])()).toBe(name);
});
