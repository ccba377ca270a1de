import { createHash } from "node:crypto";
import { open, opendir } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Tracker } from "taskscope";
import type { Failures } from "./faults/failures.ts";
import type { InstalledPackage } from "./package-index.ts";
import { parseManifest } from "./package-record.ts";
import type { FileDigest, Manifest, PackageRecord } from "./package-record.ts";

/** What one package may cost at most: memory stays bounded whatever is installed. */
const MAX_FILES = 40;
const MAX_FILE_BYTES = 64 * 1_024;
const MAX_FOLDERS = 40;
const READS_AT_ONCE = 8;
const LARGEST = 5;

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);

interface FileContent {
  readonly digest: FileDigest;
  readonly content: Buffer;
}

/** The files of a folder and of those below it, packages nested in it left out. Follows no symbolic link. */
async function* walk(root: string): AsyncGenerator<string, void, undefined> {
  const folders = [root];
  for (let seen = 0; seen < folders.length && seen < MAX_FOLDERS; seen += 1) {
    const folder = folders[seen] as string;
    for await (const entry of await opendir(folder)) {
      if (entry.isFile()) yield join(folder, entry.name);
      else if (entry.isDirectory() && entry.name !== "node_modules") folders.push(join(folder, entry.name));
    }
  }
}

/** Reads a file, or its first bytes if it is a large one. */
async function readStart(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(Math.min(size, MAX_FILE_BYTES));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Reads packages. Every step is an ordinary function that was wrapped, so it is observed and otherwise unchanged: an
 * async generator, asynchronous functions, synchronous ones.
 */
export class PackageReader {
  readonly #walk: (root: string) => AsyncGenerator<string, void, undefined>;
  readonly #readFile: (path: string) => Promise<Buffer>;
  readonly #hash: (content: Uint8Array | string) => string;
  readonly #parseManifest: (text: string) => Manifest;
  readonly #compress: (content: Buffer) => Promise<Buffer>;
  readonly #verify: (archive: Buffer, bytes: number) => Promise<void>;

  constructor(tasks: Tracker, failures: Failures) {
    this.#walk = tasks.wrap({ name: "walk-package", type: "file-io" }, walk);
    this.#readFile = tasks.wrap({ name: "read-file", type: "file-io" }, async (path: string) =>
      readStart(failures.strikes("read-file") ? `${path}.was-moved` : path),
    );
    this.#hash = tasks.wrap({ name: "hash-content", type: "cpu" }, (content: Uint8Array | string) =>
      createHash("sha256").update(content).digest("hex"),
    );
    this.#parseManifest = tasks.wrap({ name: "parse-manifest", type: "cpu" }, (text: string) =>
      parseManifest(failures.strikes("parse-manifest") ? text.slice(0, text.length / 2) : text),
    );
    this.#compress = tasks.wrap({ name: "compress-package", type: "cpu" }, async (content: Buffer) =>
      gzipAsync(content),
    );
    this.#verify = tasks.wrap(
      { name: "verify-archive", type: "cpu" },
      async (archive: Buffer, bytes: number) => {
        const given = failures.strikes("verify-archive") ? archive.subarray(0, archive.length / 2) : archive;
        const content = await gunzipAsync(given);
        if (content.length !== bytes) throw new RangeError("the archive holds another number of bytes");
      },
    );
  }

  /**
   * Reads, parses, hashes and compresses one package. A file that cannot be read and an archive that does not verify
   * are noted in the record; a manifest that cannot be parsed fails the whole.
   */
  async describe(installed: InstalledPackage, signal: AbortSignal): Promise<PackageRecord> {
    const paths = await this.files(installed);
    const manifestPath = join(installed.directory, "package.json");
    const read: FileContent[] = [];
    for (let first = 0; first < paths.length; first += READS_AT_ONCE) {
      signal.throwIfAborted();
      const contents = await Promise.all(
        paths.slice(first, first + READS_AT_ONCE).map((path) => this.#readDigest(installed.directory, path)),
      );
      for (const content of contents) if (content !== undefined) read.push(content);
    }
    signal.throwIfAborted();
    const manifest = this.#parseManifest((await readStart(manifestPath)).toString("utf8"));
    const content = Buffer.concat(read.map((file) => file.content));
    const archive = await this.#compress(content);
    const verified = await this.#verify(archive, content.length).then(
      () => true,
      () => false,
    );
    const digests = read.map((file) => file.digest);
    return {
      name: installed.name,
      ...manifest,
      files: read.length,
      unreadable: paths.length - read.length,
      bytes: content.length,
      compressedBytes: archive.length,
      verified,
      sha256: this.#hash(digests.map((digest) => digest.sha256).join("\n")),
      largest: digests.sort((a, b) => b.bytes - a.bytes).slice(0, LARGEST),
    };
  }

  /** The files of a package, as many as are read at most. */
  async files(installed: InstalledPackage): Promise<string[]> {
    const paths: string[] = [];
    for await (const path of this.#walk(installed.directory)) {
      paths.push(path);
      if (paths.length === MAX_FILES) break;
    }
    return paths;
  }

  async #readDigest(root: string, path: string): Promise<FileContent | undefined> {
    try {
      const content = await this.#readFile(path);
      return {
        content,
        digest: { path: relative(root, path), bytes: content.length, sha256: this.#hash(content) },
      };
    } catch {
      return undefined; // Tracked as a failed task; the record counts it as unreadable.
    }
  }
}
