import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { emptyFolder, installCommand, readFolder } from "./installed-command.ts";
import type { Ended } from "./installed-command.ts";

const taskscope = installCommand();
const rulesPath = "alerts/taskscope.rules.yml";
const manifestPath = ".taskscope-init.json";

const init = (folder: string, ...args: readonly string[]): Ended =>
  taskscope("init", "--dir", folder, ...args);

/** A folder in which `init` ran once. */
function written(...args: readonly string[]): string {
  const folder = emptyFolder();
  expect(init(folder, ...args).code).toBe(0);
  return folder;
}

describe("a second run", () => {
  test("with the same options changes nothing, and says so", () => {
    const folder = written("--prefix", "acme", "--kubernetes", "--compose");
    const before = readFolder(folder);
    const { mtimeMs } = statSync(join(folder, rulesPath));
    const { code, out, errors } = init(folder, "--prefix", "acme", "--kubernetes", "--compose");
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(out).toMatch(/^nothing to change: \d+ files/);
    expect(readFolder(folder)).toEqual(before);
    expect(statSync(join(folder, rulesPath)).mtimeMs).toBe(mtimeMs);
  });

  test("without options takes those of the run before", () => {
    const folder = written("--prefix", "acme", "--threshold", "leakGrowth=500");
    const { code, out } = init(folder);
    expect(code).toBe(0);
    expect(out).toMatch(/^nothing to change/);
  });

  test("with other options shows a diff, and overwrites only when told to", () => {
    const folder = written();
    const before = readFolder(folder);
    const refused = init(folder, "--threshold", "spawnsPerSecond=250");
    expect(refused.code).toBe(1);
    expect(refused.out).toContain(`--- a/${rulesPath}\n+++ b/${rulesPath}\n`);
    expect(refused.out).toMatch(/^- .* > 10000$/m);
    expect(refused.out).toMatch(/^\+ .* > 250$/m);
    expect(refused.out).toContain("nothing was written");
    expect(readFolder(folder)).toEqual(before);

    const allowed = init(folder, "--threshold", "spawnsPerSecond=250", "--yes");
    expect(allowed.code).toBe(0);
    expect(allowed.out).toMatch(/^\+ .* > 250$/m);
    expect(readFolder(folder).get(rulesPath)).toContain("> 250\n");
  });

  test("takes away what is no longer asked for", () => {
    const folder = written("--kubernetes");
    const { code, out } = init(folder, "--prefix", "taskscope", "--yes");
    expect(code).toBe(0);
    expect(out).toContain("removed: kubernetes/prometheus-rule.yml\n");
    expect([...readFolder(folder).keys()].filter((path) => path.startsWith("kubernetes/"))).toEqual([]);
  });

  test("writes anew what is gone", () => {
    const folder = written();
    const before = readFolder(folder);
    rmSync(join(folder, rulesPath));
    expect(init(folder)).toMatchObject({ code: 0, out: `created: ${rulesPath}\n` });
    expect(readFolder(folder)).toEqual(before);
  });
});

describe("what init did not write", () => {
  test.each([
    ["a file of somebody else's", (folder: string) => folder],
    ["a file of its own that was changed since", (folder: string) => (init(folder), folder)],
  ])("%s is overwritten only with --force, and until then nothing is", (_, prepare) => {
    const folder = prepare(emptyFolder());
    const target = join(folder, rulesPath);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, "groups: [] # mine\n");
    const before = readFolder(folder);
    const refused = init(folder, "--yes");
    expect(refused.code).toBe(1);
    expect(refused.errors).toContain(`${target} was not written by init`);
    expect(refused.out).toContain("-groups: [] # mine");
    expect(readFolder(folder)).toEqual(before);

    expect(init(folder, "--force").code).toBe(0);
    expect(readFolder(folder).get(rulesPath)).not.toContain("mine");
    expect(init(folder).out).toMatch(/^nothing to change/);
  });

  test("a file that would be the same is no conflict", () => {
    const folder = written();
    rmSync(join(folder, manifestPath));
    expect(init(folder).code).toBe(0);
    expect(readFolder(folder).has(manifestPath)).toBe(true);
  });

  test("a link is in the way, with --force too: what it leads to belongs to others", () => {
    const folder = emptyFolder();
    const other = join(emptyFolder(), "other.yml");
    writeFileSync(other, "mine\n");
    mkdirSync(join(folder, "alerts"));
    symlinkSync(other, join(folder, rulesPath));
    const { code, errors } = init(folder, "--force");
    expect(code).toBe(1);
    expect(errors).toContain("no regular file");
    expect(readFileSync(other, "utf8")).toBe("mine\n");
  });

  test("a manifest that names files outside the folder is refused", () => {
    const folder = written();
    const outside = emptyFolder();
    writeFileSync(join(outside, "precious"), "");
    const manifest = JSON.parse(readFileSync(join(folder, manifestPath), "utf8")) as {
      files: Record<string, string>;
    };
    // The hash of the empty file: it would pass for one that init wrote.
    manifest.files[`../${outside.split("/").at(-1) ?? ""}/precious`] =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    writeFileSync(join(folder, manifestPath), JSON.stringify(manifest));
    const { code, errors } = init(folder, "--yes");
    expect(code).toBe(1);
    expect(errors).toContain(manifestPath);
    expect(readFolder(outside).has("precious")).toBe(true);
  });

  test.each(["", "{", "[]", '{"options":{"colour":"red"},"files":{}}', '{"options":{},"files":{"a":1}}'])(
    "a damaged manifest is refused: %j",
    (text) => {
      const folder = emptyFolder();
      writeFileSync(join(folder, manifestPath), text);
      const { code, errors } = init(folder);
      expect(code).toBe(1);
      expect(errors).toContain("is not what init wrote");
      expect([...readFolder(folder).keys()]).toEqual([manifestPath]);
    },
  );

  test("control characters of a file are shown, not obeyed", () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, "alerts"));
    writeFileSync(join(folder, rulesPath), "\u001b]0;title\u0007\n");
    const { out } = init(folder);
    expect(out).toContain("-\\x1b]0;title\\x07");
    expect(out).not.toContain("\u001b");
  });
});

describe("a dry run", () => {
  test("shows what would be created, and writes nothing", () => {
    const folder = emptyFolder();
    const { code, out } = init(folder, "--dry-run");
    expect(code).toBe(0);
    expect(out).toContain(`created (not yet): ${rulesPath}\n`);
    expect(out).toContain("nothing was written");
    expect(readFolder(folder).size).toBe(0);
  });

  test("shows a diff once, and writes nothing", () => {
    const folder = written();
    const before = readFolder(folder);
    const { code, out } = init(folder, "--dry-run", "--yes", "--prefix", "acme");
    expect(code).toBe(0);
    expect(out.split(`--- a/${rulesPath}`)).toHaveLength(2);
    expect(readFolder(folder)).toEqual(before);
  });

  test("fails where the run would", () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, "alerts"));
    writeFileSync(join(folder, rulesPath), "mine\n");
    expect(init(folder, "--dry-run").code).toBe(1);
  });
});

describe("--json", () => {
  test("gives one object with each file, its change and its diff", () => {
    const folder = written();
    const { code, out } = init(folder, "--json", "--yes", "--threshold", "spawnsPerSecond=250");
    expect(code).toBe(0);
    const report = JSON.parse(out) as {
      written: boolean;
      untested: string[];
      options: object;
      files: { path: string; change: string; diff?: string }[];
    };
    expect(report).toMatchObject({
      written: true,
      untested: ["HighTaskSpawnRate"],
      options: { threshold: { spawnsPerSecond: 250 } },
    });
    const rules = report.files.find(({ path }) => path === rulesPath);
    expect(rules?.change).toBe("updated");
    expect(rules?.diff).toMatch(/^\+ .* > 250$/m);
  });
});

test.skipIf(process.getuid?.() === 0)("a folder that cannot be written to is one line, not a stack", () => {
  const folder = emptyFolder();
  chmodSync(folder, 0o500);
  const { code, errors } = init(folder);
  expect(code).toBe(1);
  expect(errors).toMatch(/^error: cannot write .+\n$/);
});
