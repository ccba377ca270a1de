import { existsSync, readdirSync, readFileSync } from "node:fs";
import { sep } from "node:path";
import { describe, expect, test } from "vitest";
import { entries, manifest, root } from "./manifest.ts";

/** Folders of src/ that are reached through another entry or only by our scripts, and have no subpath of their own. */
const core = [
  "alerts",
  "discovery",
  "errors",
  "events",
  "internal",
  "metrics",
  "plugin",
  "policy",
  "stats",
  "task",
  "tracker",
];

const filesOf = (folder: string): readonly string[] =>
  readdirSync(root + folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length).replaceAll(sep, "/"))
    .toSorted();

const sources = filesOf("src").filter((path) => path.endsWith(".ts"));
const sourceOf = (built: string): string => built.replace(/^\.\/dist\/(.+)\.js$/, "./src/$1.ts");

describe("exports", () => {
  test.each(entries)("%s points at files that were built", (_specifier, target) => {
    expect(existsSync(root + target.default), target.default).toBe(true);
    expect(existsSync(root + target.types), target.types).toBe(true);
    expect(target.types).toBe(target.default.replace(/\.js$/, ".d.ts"));
  });

  test("every entry of the sources has a subpath, and every subpath an entry", () => {
    const entry = /^src\/(?:(?:exporters|instrumentations)\/[^/]+\/|([^/]+)\/)?index\.ts$/;
    const found = sources.filter((path) => {
      const match = entry.exec(path);
      return match !== null && !core.includes(match[1] ?? "");
    });
    expect(entries.map(([, target]) => sourceOf(target.default)).toSorted()).toEqual(
      found.map((path) => `./${path}`),
    );
  });

  test("dist/ holds a file for each entry, what they share, and nothing that is left over", () => {
    const code = [...entries.map(([, target]) => target.default), ...Object.values(manifest.bin)];
    const declarations = entries.map(([, target]) => target.types);
    const expected = [...code, ...declarations].map((path) => path.replace(/^\.\//, ""));
    // Vite empties these folders itself, and names what is in them by content.
    const built = filesOf("dist").filter((path) => !/^dist\/(?:console|programs)\//.test(path));
    const shared = built.filter((path) => path.startsWith("dist/shared/"));
    expect(built.filter((path) => !shared.includes(path))).toEqual(expected.toSorted());
    const importedSomewhere = (path: string): boolean => {
      const name = path.replace(/^.*\/(.+?)(?:\.d)?\.[tj]s$/, "/$1.js");
      const kind = path.endsWith(".d.ts") ? ".d.ts" : ".js";
      return built.some((other) => other.endsWith(kind) && readFileSync(root + other, "utf8").includes(name));
    };
    expect(shared.filter((path) => !importedSomewhere(path))).toEqual([]);
  });

  test.each(["tsconfig.all.json", "knip.json"])("%s resolves each subpath to its source", (file) => {
    const config = JSON.parse(readFileSync(root + file, "utf8")) as {
      paths?: Record<string, string[]>;
      compilerOptions?: { paths: Record<string, string[]> };
    };
    expect(config.compilerOptions?.paths ?? config.paths).toEqual(
      Object.fromEntries(entries.map(([specifier, target]) => [specifier, [sourceOf(target.default)]])),
    );
  });
});

describe("peer dependencies", () => {
  const peers = Object.keys(manifest.peerDependencies);

  test("each is optional", () => {
    expect(manifest.peerDependenciesMeta).toEqual(
      Object.fromEntries(peers.map((name) => [name, { optional: true }])),
    );
  });

  test("each is installed here, so that the tests run against it", () => {
    expect(Object.keys(manifest.devDependencies)).toEqual(expect.arrayContaining(peers));
  });
});

describe("dependencies", () => {
  const names = Object.keys(manifest.dependencies ?? {});

  test("are those of the command, and bring no others", () => {
    expect(names).toEqual([
      "commander",
      "diff",
      "eventsource-parser",
      "fast-string-truncated-width",
      "signal-exit",
      "yaml",
    ]);
    for (const name of names) {
      const { dependencies = {} } = JSON.parse(
        readFileSync(`${root}node_modules/${name}/package.json`, "utf8"),
      ) as { dependencies?: object };
      expect(dependencies, name).toEqual({});
    }
  });

  test("are imported by nothing but the command", () => {
    const importer = new RegExp(`from "(?:${names.join("|")})"`);
    const importing = sources.filter((path) => importer.test(readFileSync(root + path, "utf8")));
    expect(importing).not.toEqual([]);
    expect(importing.filter((path) => !path.startsWith("src/cli/"))).toEqual([]);
  });
});
