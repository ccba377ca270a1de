import { checkDurationMs, checkLimit, checkWord, readOptions } from "../errors/index.ts";
import { boundName } from "../task/index.ts";
import { readRestart } from "./restart.ts";
import type { ResolvedRestart, RestartPolicy } from "./restart.ts";

/**
 * Who is restarted with a member that comes back: nobody else (`"one-for-one"`), everybody (`"one-for-all"`), or those
 * that were added after it (`"rest-for-one"`). The names and meanings are Erlang/OTP's.
 */
export type SupervisionStrategy = "one-for-one" | "one-for-all" | "rest-for-one";

const strategies: readonly SupervisionStrategy[] = ["one-for-one", "one-for-all", "rest-for-one"];

/** Options of a group. */
export interface GroupOptions {
  readonly name: string;
  /** Default `"one-for-one"`. */
  readonly strategy?: SupervisionStrategy | undefined;
  /** More restarts than this within `withinMs` fail the group (default 5). */
  readonly maxRestarts?: number | undefined;
  /** The window of `maxRestarts`, in milliseconds (default 60,000). */
  readonly withinMs?: number | undefined;
  /** For a group within a group: how it comes back when it has failed (default: it does not). */
  readonly restart?: Omit<RestartPolicy, "when"> | undefined;
}

/** Options of a group with every default filled in. */
export interface ResolvedGroup {
  readonly name: string;
  readonly strategy: SupervisionStrategy;
  readonly maxRestarts: number;
  readonly withinMs: number;
  readonly restart: ResolvedRestart | undefined;
}

const allowed = new Set<string>([
  "name",
  "strategy",
  "maxRestarts",
  "withinMs",
  "restart",
] satisfies (keyof GroupOptions)[]);

/** Reads the options of a group. */
export function readGroup(given: unknown): ResolvedGroup {
  const { name, strategy, maxRestarts, withinMs, restart } = readOptions("group", given, allowed);
  return {
    name: boundName(name, "group.name"),
    strategy: strategy === undefined ? "one-for-one" : checkWord("group.strategy", strategy, strategies),
    maxRestarts: maxRestarts === undefined ? 5 : checkLimit("group.maxRestarts", maxRestarts, 0),
    withinMs: withinMs === undefined ? 60_000 : checkDurationMs("group.withinMs", withinMs),
    restart: restart === undefined ? undefined : readRestart("group.restart", checkGroupRestart(restart)),
  };
}

/** A group comes back when it has failed, whatever failed in it: there is no error to ask a `when` about. */
function checkGroupRestart(given: unknown): unknown {
  readOptions("group.restart", given, new Set(["maxRestarts", "backoff", "resetAfterMs"]));
  return given;
}
