import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { TaskHandle, Tracker } from "taskscope";
import { KeyedLock } from "./keyed-lock.ts";
import type { InstalledPackage, PackageIndex } from "./package-index.ts";
import type { PackageReader } from "./package-reader.ts";
import type { PackageRecord } from "./package-record.ts";
import type { RecordCache } from "./record-cache.ts";

/** The packages and what is known of them: reads a package when somebody asks, and keeps the answer for a while. */
export class Catalog {
  readonly #tasks: Tracker;
  readonly #reader: PackageReader;
  readonly #index: PackageIndex;
  readonly #cache: RecordCache;
  readonly #locks = new KeyedLock();
  readonly #underWay = new Map<string, Promise<PackageRecord>>();
  readonly #fingerprints = new Map<string, string>();
  readonly #stat: (path: string) => Promise<string>;

  constructor(tasks: Tracker, reader: PackageReader, index: PackageIndex, cache: RecordCache) {
    this.#tasks = tasks;
    this.#reader = reader;
    this.#index = index;
    this.#cache = cache;
    this.#stat = tasks.wrap({ name: "stat-file", type: "file-io" }, async (path: string) => {
      const { size, mtimeMs } = await stat(path);
      return `${path}:${size}:${mtimeMs}\n`;
    });
  }

  /**
   * The record of a package; `undefined` when there is no such package. Who asks for a package that is being read
   * shares that reading.
   */
  async record(name: string): Promise<PackageRecord | undefined> {
    const installed = this.#index.find(name);
    return installed === undefined ? undefined : (this.#cache.get(name) ?? this.#describeOnce(installed));
  }

  /** Starts to look whether a package changed on the disk since the last look, and forgets its record if it did. */
  reindex(installed: InstalledPackage): TaskHandle<void> {
    const { name } = installed;
    const spec = { name: "reindex-package", type: "background", attributes: { "package.name": name } };
    return this.#tasks.spawn(spec, async ({ signal }) => {
      const release = await this.#locks.acquire(name);
      try {
        signal.throwIfAborted();
        const hash = createHash("sha256");
        for (const path of await this.#reader.files(installed)) {
          signal.throwIfAborted();
          hash.update(await this.#stat(path));
        }
        const fingerprint = hash.digest("base64");
        const before = this.#fingerprints.get(name);
        if (before !== undefined && before !== fingerprint) this.#cache.delete(name);
        this.#fingerprints.set(name, fingerprint);
      } finally {
        release();
      }
    });
  }

  /** Takes the lock of a package: each `reindex` of it waits until the function that this gives is called. */
  async seize(name: string): Promise<() => void> {
    return this.#locks.acquire(name);
  }

  #describeOnce(installed: InstalledPackage): Promise<PackageRecord> {
    const { name } = installed;
    const shared = this.#underWay.get(name);
    if (shared !== undefined) return shared;
    const reading = this.#describe(installed).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, reading);
    return reading;
  }

  async #describe(installed: InstalledPackage): Promise<PackageRecord> {
    const spec = {
      name: "describe-package",
      type: "indexing",
      attributes: { "package.name": installed.name },
    };
    const record = await this.#tasks.run(spec, async ({ signal }) =>
      this.#reader.describe(installed, signal),
    );
    this.#cache.set(record);
    return record;
  }
}
