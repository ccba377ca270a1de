import { constants } from "node:os";
import { checkWaitMs, InvalidOptionError, readOptions } from "../errors/index.ts";
import type { Diag } from "../internal/index.ts";
import { processSlot } from "./process-slot.ts";
import type { ShutdownOptions, ShutdownResult } from "./shutdown.ts";

/** Options of `tracker.shutdownOnSignals`. */
export interface ShutdownOnSignalsOptions extends ShutdownOptions {
  /** Default SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
}

/** What is shut down. */
export interface SignalledTracker {
  readonly diag: Diag;
  readonly shutdown: (options: ShutdownOptions) => Promise<ShutdownResult>;
}

const allowed = new Set(["signals", "drainMs", "graceMs"]);
const uncatchable = new Set(["SIGKILL", "SIGSTOP"]);

/**
 * Shuts a tracker down on the first signal and then exits, with 128 + the number of the signal; on the second signal it
 * exits at once. Where several trackers do so, the process exits when the last of them is done.
 */
export function listenForSignals(tracker: SignalledTracker, given: unknown): () => void {
  const bag = readOptions("", given, allowed);
  const signals = checkSignals(bag["signals"]);
  const options = {
    drainMs: bag["drainMs"] === undefined ? undefined : checkWaitMs("drainMs", bag["drainMs"]),
    graceMs: bag["graceMs"] === undefined ? undefined : checkWaitMs("graceMs", bag["graceMs"]),
  };
  let isAsked = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    const exitCode = 128 + constants.signals[signal];
    if (isAsked) process.exit(exitCode);
    isAsked = true;
    const shutdowns = (processSlot().shutdowns ??= new Set());
    shutdowns.add(shutDown(tracker, signal, options));
    void exitAfter(shutdowns, exitCode);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

async function shutDown(
  { diag, shutdown }: SignalledTracker,
  signal: NodeJS.Signals,
  options: ShutdownOptions,
): Promise<void> {
  const { unresponsive } = await shutdown(options);
  if (unresponsive.length === 0) return;
  const shown = unresponsive.slice(0, MAX_SHOWN).map(({ id, name, type }) => `${name} (${type}, ${id})`);
  const more = unresponsive.length > MAX_SHOWN ? ` and ${unresponsive.length - MAX_SHOWN} more` : "";
  const count = unresponsive.length === 1 ? "1 body goes" : `${unresponsive.length} bodies go`;
  diag.warn(`Shut down on ${signal}; ${count} on: ${shown.join(", ")}${more}`);
}

/** How many unresponsive tasks are named. */
const MAX_SHOWN = 20;

async function exitAfter(shutdowns: ReadonlySet<Promise<unknown>>, exitCode: number): Promise<void> {
  // All listeners of a signal are called before any shutdown is over: the set is complete by then.
  for (const shutdown of shutdowns) await Promise.allSettled([shutdown]);
  // Warnings of the process are written in a turn of their own.
  setImmediate(() => process.exit(exitCode));
}

function checkSignals(given: unknown): readonly NodeJS.Signals[] {
  if (given === undefined) return ["SIGTERM", "SIGINT"];
  if (!Array.isArray(given)) throw new InvalidOptionError("signals", given, "an array of signal names");
  return given.map((signal: unknown, index) => {
    if (typeof signal === "string" && Object.hasOwn(constants.signals, signal) && !uncatchable.has(signal)) {
      return signal as NodeJS.Signals;
    }
    throw new InvalidOptionError(`signals[${index}]`, signal, "the name of a signal that can be caught");
  });
}
