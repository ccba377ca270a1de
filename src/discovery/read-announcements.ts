import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { announcementFolder, isClosed, isTrusted } from "./announcement-folder.ts";
import { parseAnnouncement } from "./announcement.ts";
import type { Announcement } from "./announcement.ts";

/** Longer files are none of ours. */
const MAX_BYTES = 16_384;

/** One that was found. */
export interface FoundAnnouncement extends Announcement {
  /** Removes it: nobody is there any more. */
  readonly remove: () => void;
}

/**
 * What processes of this user have announced, the oldest first; some may be gone by now. Gives nothing where the folder is
 * missing or not one to trust, and passes over every file that is not this user's own.
 */
export function readAnnouncements(): readonly FoundAnnouncement[] {
  const folder = announcementFolder();
  if (!isTrusted(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+-[0-9a-f]+\.json$/.test(name))
    .flatMap((name) => {
      const path = join(folder, name);
      const announcement = parseAnnouncement(readOwn(path) ?? "");
      return announcement === undefined
        ? []
        : [{ ...announcement, remove: () => rmSync(path, { force: true }) }];
    })
    .toSorted((a, b) => a.announcedAtMs - b.announcedAtMs || a.pid - b.pid);
}

/** The text of a regular file that is ours alone. What is asked is what was opened, whatever its name means a moment later. */
function readOwn(path: string): string | undefined {
  try {
    const file = openSync(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    try {
      const stats = fstatSync(file);
      return stats.isFile() && isClosed(stats) && stats.size <= MAX_BYTES
        ? readFileSync(file, "utf8")
        : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
