import { expect, it } from "vitest";
import { shippedMutants, survivorsOf } from "../../scripts/mutate-alerts.ts";
import { promtool } from "./tools.ts";

/** `npm run alerts:mutate` tries them all, which takes a minute or two; here every eighth stands for the rest. */
const mutants = shippedMutants();
const sample = mutants.filter((_, index) => index % 8 === 0);

it.skipIf(promtool.missing)(
  promtool.title(
    `the unit tests of the rules kill each of ${String(sample.length)} in ${String(mutants.length)} mutants`,
  ),
  { timeout: 240_000 },
  async () => {
    expect(await survivorsOf(sample)).toEqual([]);
  },
);
