import { expect, test } from "vitest";
import { createTracker } from "taskscope";
import { ManualClock } from "taskscope/testing";

test("a description is read once, and what it said then is all that is kept of it", async () => {
  const clock = new ManualClock();
  const tasks = createTracker({ clock });
  for (const name of ["g", "h", "other"]) tasks.spawn({ name }, () => 1);
  let reads = 0;
  const changing = {
    name: "g",
    get timeoutMs(): number {
      reads += 1;
      return reads === 1 ? 1_000 : 10;
    },
  };
  tasks.spawn(changing, () => 1);
  expect(reads).toBe(1);
  const run = tasks.run({ name: "g", timeoutMs: 1_000 }, () => new Promise(() => {}));
  const error = run.catch((given: unknown) => given);
  await clock.advance(2_000);
  expect(await error).toMatchObject({ timeoutMs: 1_000 });
  let names = 0;
  const renaming = {
    get name(): string {
      names += 1;
      return names === 1 ? "h" : "other";
    },
    priority: 1,
  };
  expect(tasks.spawn(renaming, () => 1).name).toBe("h");
  expect(tasks.spawn({ name: "h", priority: 1 }, () => 1).name).toBe("h");
  await tasks.shutdown({ drainMs: 0, graceMs: 0 });
});

test("what is refused is refused whatever was spawned before", () => {
  const tasks = createTracker();
  const spawn = (): unknown => tasks.spawn({ name: "a", type: null } as never, () => 1);
  expect(spawn).toThrow(/^type takes/);
  tasks.spawn({ name: "a" }, () => 1);
  tasks.spawn({ name: "a" }, () => 1);
  expect(spawn).toThrow(/^type takes/);
});
