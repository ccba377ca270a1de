import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { DemoError, systemCode } from "./demo-error.ts";

/** One package under node_modules. */
export interface InstalledPackage {
  /** As one would import it: `hono`, `@hono/node-server`. */
  readonly name: string;
  readonly directory: string;
}

/** The most packages the index holds; further ones are left out. */
const MAX_PACKAGES = 5_000;

/** Knows which packages are installed. Only what it lists is ever read, so a name from outside opens no other path. */
export class PackageIndex {
  readonly #root: string;
  #packages: ReadonlyMap<string, InstalledPackage> = new Map();
  #names: readonly string[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  /** The names, in alphabetical order. */
  get names(): readonly string[] {
    return this.#names;
  }

  find(name: string): InstalledPackage | undefined {
    return this.#packages.get(name);
  }

  /** Reads the folder again. Gives how many packages it holds. */
  async refresh(): Promise<number> {
    const names: string[] = [];
    for (const entry of await this.#foldersIn(this.#root)) {
      if (!entry.startsWith("@")) names.push(entry);
      else
        for (const scoped of await this.#foldersIn(join(this.#root, entry))) names.push(`${entry}/${scoped}`);
    }
    const packages = new Map<string, InstalledPackage>();
    for (const name of names.sort()) {
      const installed = this.#packages.get(name) ?? (await this.#look(name));
      if (installed !== undefined) packages.set(name, installed);
      if (packages.size === MAX_PACKAGES) break;
    }
    this.#packages = packages;
    this.#names = [...packages.keys()];
    return packages.size;
  }

  async #foldersIn(folder: string): Promise<string[]> {
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
      return folders.map((entry) => entry.name).filter((name) => !name.startsWith("."));
    } catch (error) {
      if (folder !== this.#root) return [];
      throw new DemoError(
        `cannot read ${folder} (${systemCode(error) ?? String(error)}); --packages names another folder`,
      );
    }
  }

  async #look(name: string): Promise<InstalledPackage | undefined> {
    const directory = join(this.#root, name);
    try {
      await access(join(directory, "package.json"));
      return { name, directory };
    } catch {
      return undefined;
    }
  }
}
