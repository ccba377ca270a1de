import { lstatSync, mkdirSync } from "node:fs";
import type { Stats } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";

/** What others may do with a file: group and world. */
const OTHERS = 0o077;

/**
 * The folder in which the processes of this user say where they are: below `XDG_RUNTIME_DIR`, which is the user's own, else
 * `taskscope-<uid>` in the folder for temporary files.
 */
export function announcementFolder(): string {
  const { XDG_RUNTIME_DIR: runtime } = process.env;
  if (runtime !== undefined && isAbsolute(runtime) && isOurs(lstatOf(runtime)))
    return join(runtime, "taskscope");
  return join(tmpdir(), `taskscope-${process.getuid?.() ?? "user"}`);
}

/**
 * Whether the folder is one to trust: a real one, of this user, closed to all others. Everybody may write into the folder
 * for temporary files: one that somebody else made there, or a link, could lead us, or tell us, anything.
 */
export function isTrusted(folder: string): boolean {
  return isOurs(lstatOf(folder));
}

/** Makes the folder if need be. Throws where it is not one to trust. */
export function openAnnouncementFolder(): string {
  const folder = announcementFolder();
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if (isTrusted(folder)) return folder;
  throw new Error(`${folder} is not a folder of this user alone (mode 700): it is not used`);
}

/** Whether a file or folder is of this user, and closed to others. Where users have no numbers there are no modes either. */
export function isClosed({ uid, mode }: Pick<Stats, "uid" | "mode">): boolean {
  const ownUid = process.getuid?.();
  return ownUid === undefined || (uid === ownUid && (mode & OTHERS) === 0);
}

function isOurs(stats: Stats | undefined): boolean {
  return stats?.isDirectory() === true && isClosed(stats);
}

function lstatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
