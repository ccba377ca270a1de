import { expect, test } from "vitest";
import { packReport } from "./packed.ts";

const ships = [
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^dist\/.+\.(?:js|d\.ts)$/,
  /^dist\/console\/(?:index\.html|assets\/[^/]+\.(?:css|js|svg))$/,
  /^dist\/programs\/licenses\.md$/,
  /^alerts\/[^/]+\.(?:yml|md)$/,
  /^alerts\/templates\/[^/]+\.yml$/,
  /^alerts\/tests\/[^/]+\.test\.yml$/,
  /^docker\/(?:[^/]+\/)+[^/]+\.yml$/,
  /^docker-compose\.observability\.yml$/,
  /^alerts\/runbooks\/[^/]+\.md$/,
  /^dashboards\/[^/]+\.(?:json|md)$/,
];

const { files, unpackedSize } = packReport();
const paths = files.map((file) => file.path);

test("the tarball holds nothing but the built code, the rules, the dashboards, what init fits to a user, and the papers", () => {
  expect(paths.filter((path) => !ships.some((shipped) => shipped.test(path)))).toEqual([]);
});

test.each(ships.map(String))("the tarball holds files like %s", (shipped) => {
  const pattern = ships.find((candidate) => String(candidate) === shipped);
  expect(paths.filter((path) => pattern?.test(path))).not.toEqual([]);
});

test("the tarball holds the licence, the readme and the changelog", () => {
  expect(["LICENSE", "README.md", "CHANGELOG.md"].filter((path) => !paths.includes(path))).toEqual([]);
});

// The aim of 500 kB is not reached: rules with their tests, runbooks and dashboards, which `taskscope init` fits to a user,
// are 560 kB of it, and a quarter of the rest is doc comments. This holds what it is from growing.
const sizeBelow = (folder: string): number =>
  files.filter(({ path }) => path.startsWith(folder)).reduce((sum, { size }) => sum + size, 0);

test("the package without the console and the programs takes less than 1,450 kB unpacked", () => {
  const [ofConsole, ofPrograms] = [sizeBelow("dist/console/"), sizeBelow("dist/programs/")];
  expect(ofConsole).toBeGreaterThan(0);
  expect(unpackedSize - ofConsole - ofPrograms).toBeLessThan(1_450_000);
});

// The demo and the drills, with what they are made of and its licences: nobody loads them but who types their names.
test("the programs of the command take less than 300 kB", () => {
  expect(sizeBelow("dist/programs/")).toBeGreaterThan(0);
  expect(sizeBelow("dist/programs/")).toBeLessThan(300_000);
});
