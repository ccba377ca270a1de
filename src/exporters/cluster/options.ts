import { checkWaitMs, InvalidOptionError, readOptions } from "../../errors/index.ts";
import type { OnMember } from "./member-change.ts";
import { SocketDirectory } from "./socket-directory.ts";

/** Options of `clusterCollector`. */
export interface ClusterCollectorOptions {
  /**
   * A directory for Unix sockets: processes that are no children of this one report there. Made with mode 0700 when there
   * is none. Not on Windows.
   */
  readonly directory?: string | undefined;
  /** Hears of members that come and go. */
  readonly onMember?: OnMember | undefined;
}

/** Options of `clusterMember`. */
export interface ClusterMemberOptions {
  /** How often to report, in milliseconds, from 10 to 3,600,000. Default 1,000. What a killed member loses at the most. */
  readonly intervalMs?: number | undefined;
  /** The directory of the collectors to report to, instead of the main thread or the parent process. */
  readonly directory?: string | undefined;
}

const MIN_INTERVAL_MS = 10;
const MAX_INTERVAL_MS = 3_600_000;
const DEFAULT_INTERVAL_MS = 1_000;

const collectorOptions = new Set<string>([
  "directory",
  "onMember",
] satisfies (keyof ClusterCollectorOptions)[]);
const memberOptions = new Set<string>(["intervalMs", "directory"] satisfies (keyof ClusterMemberOptions)[]);

/** Checks what a user gave as options of a collector. */
export function readCollectorOptions(given: unknown): {
  readonly directory: SocketDirectory | undefined;
  readonly onMember: OnMember | undefined;
} {
  const { directory, onMember } = readOptions("clusterCollector", given, collectorOptions);
  if (onMember !== undefined && typeof onMember !== "function") {
    throw new InvalidOptionError("clusterCollector.onMember", onMember, "a function");
  }
  return {
    directory: readDirectory("clusterCollector.directory", directory),
    onMember: onMember as OnMember | undefined,
  };
}

/** Checks what a user gave as options of a member, with every default filled in. */
export function readMemberOptions(given: unknown): {
  readonly directory: SocketDirectory | undefined;
  readonly intervalMs: number;
} {
  const { directory, intervalMs = DEFAULT_INTERVAL_MS } = readOptions("clusterMember", given, memberOptions);
  const ms = checkWaitMs("clusterMember.intervalMs", intervalMs);
  if (ms < MIN_INTERVAL_MS || ms > MAX_INTERVAL_MS) {
    throw new InvalidOptionError(
      "clusterMember.intervalMs",
      ms,
      `a number of milliseconds from ${MIN_INTERVAL_MS} to ${MAX_INTERVAL_MS}`,
    );
  }
  return { directory: readDirectory("clusterMember.directory", directory), intervalMs: ms };
}

function readDirectory(option: string, given: unknown): SocketDirectory | undefined {
  return given === undefined ? undefined : new SocketDirectory(option, given);
}
