import fc from "fast-check";
import { checkSequence } from "./check-sequence.ts";
import { sequencesOf } from "./sequences.ts";

/** What runs by default is the same each time; set MODEL_SEED to look elsewhere. */
const DEFAULT_SEED = 20_261_121;

/**
 * Drives random sequences of everything that a tracker can be asked for, and holds the tracker against a simple reference
 * model after each step: every task and its state, every number, what callers are told, the order of starts and of events.
 *
 * A failure prints its seed and path. To run it again alone, set MODEL_SEED and MODEL_PATH to these and run the test file
 * that failed. MODEL_RUNS is the number of sequences (5,000 a file unless set).
 *
 * Throws with the smallest sequence that fast-check found to fail. `file` is named in the message.
 */
export async function checkModel(file: string, listens: boolean, sequences: number): Promise<void> {
  const { MODEL_SEED: seed, MODEL_PATH: path, MODEL_RUNS: runs } = process.env;
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", onUnhandled);
  const property = fc.asyncProperty(sequencesOf(listens), async (sequence) => {
    await checkSequence(sequence);
    if (unhandled.length > 0) throw new Error("A rejection was not handled", { cause: unhandled.shift() });
  });
  const details = await fc.check(property, {
    numRuns: runs === undefined ? sequences : Number(runs),
    seed: Number(seed ?? DEFAULT_SEED),
    ...(path === undefined ? {} : { path }),
  });
  process.off("unhandledRejection", onUnhandled);
  if (!details.failed) return;
  const replay = `MODEL_SEED=${details.seed} MODEL_PATH=${details.counterexamplePath} npx vitest run --project source ${file}`;
  const report = await fc.asyncDefaultReportMessage(details);
  throw new Error(`${report}\nTo run it again: ${replay}`, { cause: details.errorInstance });
}
