import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { manifest, root } from "./manifest.ts";

const read = (path: string): string => readFileSync(root + path, "utf8");

/** Every file that is committed, or would be. */
const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\0")
  .filter((path) => path !== "" && existsSync(root + path));

test("the changelog says what is unreleased", () => {
  const unreleased = /^## \[Unreleased\]\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(read("CHANGELOG.md"));
  expect(unreleased?.[1]).toMatch(/^### (?:Added|Changed|Deprecated|Removed|Fixed|Security)\n\n- \S/m);
});

test("no file names the host of a package registry", () => {
  const host = /\b(?:registry|npm)\.[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:org|com|net|io|dev)\b/i;
  expect(files).toContain("package-lock.json");
  expect(files.filter((path) => host.test(read(path)))).toEqual([]);
});

test("the package names the repository that its own links lead to", () => {
  const address = /^git\+(https:\/\/\S+)\.git$/.exec(manifest.repository.url)?.[1] ?? "no address";
  const shipped = files
    .filter((path) => /^src\/.+\.ts$/.test(path))
    .map(read)
    .join("\n");
  const links = [...shipped.matchAll(/https:\/\/github\.com\/taskscope\/[\w-]+/g)].map(([link]) => link);
  expect(links).not.toEqual([]);
  expect([...new Set(links)]).toEqual([address]);
});

test("the lockfile leaves open where packages come from", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { resolved?: string; integrity?: string; version?: string }>;
  };
  const installed = Object.entries(packages).filter(([path]) => path !== "");
  expect(installed.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
  expect(installed.filter(([, entry]) => entry.integrity === undefined)).toEqual([]);
});

test("the lockfile belongs to package.json", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, Partial<typeof manifest>>;
  };
  const { dependencies, devDependencies, peerDependencies, peerDependenciesMeta } = packages[""] ?? {};
  expect({ dependencies, devDependencies, peerDependencies, peerDependenciesMeta }).toEqual({
    dependencies: manifest.dependencies,
    devDependencies: manifest.devDependencies,
    peerDependencies: manifest.peerDependencies,
    peerDependenciesMeta: manifest.peerDependenciesMeta,
  });
});

test("every command that a file names is a script of package.json", () => {
  const prose = files.filter((path) => /\.(?:md|ts|yml|yaml)$|^\.ci\/run$|Dockerfile$/.test(path));
  const named = prose.flatMap((path) =>
    [...read(path).matchAll(/\bnpm run (?:--?[a-z]+ )*([a-z][a-z:-]*[a-z])/g)].map(
      ([, script]) => script ?? "",
    ),
  );
  expect(named).not.toEqual([]);
  expect([...new Set(named)].filter((script) => !(script in manifest.scripts))).toEqual([]);
});
