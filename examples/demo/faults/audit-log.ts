import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tracker } from "taskscope";

/** Writes every event of the tracker to a file, and has it on the disk before it takes the next. */
export class AuditLog {
  readonly #tasks: Tracker;
  #close: (() => Promise<void>) | undefined;

  constructor(tasks: Tracker) {
    this.#tasks = tasks;
  }

  /** How many events may wait for the disk; 0 ends the log and removes the file. */
  async change(capacity: number): Promise<void> {
    await this.#close?.();
    this.#close = undefined;
    if (capacity === 0) return;
    const folder = await mkdtemp(join(tmpdir(), "taskscope-demo-audit-"));
    const file = await open(join(folder, "events.jsonl"), "a");
    let writing: Promise<void> | undefined;
    const unsubscribe = this.#tasks.subscribe({ name: "audit-log", capacity }, ({ kind, seq, atMs }) => {
      writing = file.appendFile(`${JSON.stringify({ kind, seq, atMs })}\n`).then(() => file.sync());
      return writing;
    });
    this.#close = async () => {
      unsubscribe();
      await writing?.catch(() => undefined);
      await file.close();
      await rm(folder, { recursive: true, force: true });
    };
  }
}
