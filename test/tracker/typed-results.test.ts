import { expect, expectTypeOf, test } from "vitest";
import { createTracker } from "taskscope";

test("a managed wrap is typed as what gives a promise, with the same arguments and this", async () => {
  const tasks = createTracker();
  const double = tasks.wrap({ name: "double", managed: true }, (value: number) => value * 2);
  expectTypeOf(double(2)).toEqualTypeOf<Promise<number>>();
  expect(await double(2)).toBe(4);
  const same = tasks.wrap({ name: "same", managed: true }, async <T>(value: T) => value);
  expectTypeOf(same("a" as const)).toEqualTypeOf<Promise<"a">>();
  expect(await same("a")).toBe("a");
  const shop = {
    price: 3,
    total: tasks.wrap({ name: "total", managed: true }, function (this: { price: number }, count: number) {
      return this.price * count;
    }),
  };
  expectTypeOf(shop.total(2)).toEqualTypeOf<Promise<number>>();
  expect(await shop.total(2)).toBe(6);
  // @ts-expect-error -- it takes a number
  await double("2");
});

test("the handle of a promise that is tracked gives the promise's value, typed as it", async () => {
  const tasks = createTracker();
  const task = tasks.track("import", Promise.resolve({ lines: 7 }));
  expectTypeOf(task.result).toEqualTypeOf<Promise<{ lines: number }>>();
  expect(await task.result).toEqual({ lines: 7 });
});
