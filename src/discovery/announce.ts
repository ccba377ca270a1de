import { randomBytes } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openAnnouncementFolder } from "./announcement-folder.ts";
import type { Announcement } from "./announcement.ts";

/**
 * Says where this process has its API: a small file that only this user can read, until the function it gives is called or
 * the process exits. Throws where there is no folder to trust, or nothing can be written.
 */
export function announce(url: string): () => void {
  const announcement: Announcement = {
    pid: process.pid,
    url,
    script: process.argv[1] ?? "",
    announcedAtMs: Date.now(),
  };
  const path = join(openAnnouncementFolder(), `${process.pid}-${randomBytes(4).toString("hex")}.json`);
  // Renamed into place, so that nobody reads half of it. "wx" follows no link.
  writeFileSync(`${path}.new`, `${JSON.stringify(announcement)}\n`, { flag: "wx", mode: 0o600 });
  renameSync(`${path}.new`, path);
  const remove = (): void => {
    process.removeListener("exit", remove);
    try {
      rmSync(path, { force: true });
    } catch {
      // Whoever looks finds nobody there, and removes it.
    }
  };
  process.once("exit", remove);
  return remove;
}
