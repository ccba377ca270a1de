import { readAnnouncements } from "../../discovery/index.ts";
import type { FoundAnnouncement } from "../../discovery/index.ts";
import { VERSION_HEADER } from "./api-failure.ts";

/** A process of this user, on this machine, that has said where its API is. */
export interface FoundProcess {
  readonly pid: number;
  readonly url: string;
  /** The path of what it runs; empty where it did not say. */
  readonly script: string;
  /** False for one that took the connection and said nothing: its event loop is blocked, or it is stopped. */
  readonly answers: boolean;
}

const ANSWER_WITHIN_MS = 2_000;
/** One that mounts its API in another server may say where before that server listens. */
const MAY_COME_FOR_MS = 60_000;

/**
 * The processes of this user that expose an API and are there, the oldest first. What those that have gone left behind is
 * removed.
 */
export async function findProcesses(): Promise<readonly FoundProcess[]> {
  const found = await Promise.all(
    readAnnouncements().map(async (each) => ({ each, state: await look(each) })),
  );
  const byUrl = new Map<string, FoundProcess>();
  for (const { each, state } of found) {
    const { pid, url, script } = each;
    if (state === "gone") remove(each);
    // Of two that say the same, the younger has the port.
    else if (state !== "elsewhere") byUrl.set(url, { pid, url, script, answers: state === "answers" });
  }
  return [...byUrl.values()];
}

/** `elsewhere`: not to be had now, and perhaps not stale either. */
async function look({
  url,
  pid,
  announcedAtMs,
}: FoundAnnouncement): Promise<"answers" | "silent" | "gone" | "elsewhere"> {
  try {
    const response = await fetch(`${url}/ready`, {
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    await response.body?.cancel();
    if (response.headers.has(VERSION_HEADER)) return "answers";
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") return isAlive(pid) ? "silent" : "elsewhere";
  }
  // A pid of another container is none of here, and one that is here may be another's by now: the port decides.
  return isAlive(pid) && Date.now() - announcedAtMs < MAY_COME_FOR_MS ? "elsewhere" : "gone";
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function remove(announcement: FoundAnnouncement): void {
  try {
    announcement.remove();
  } catch {
    // The next who looks tries again.
  }
}
