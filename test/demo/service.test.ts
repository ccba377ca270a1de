import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startDemo } from "./start-demo.ts";

const SLOW = { timeout: 240_000 };

async function writePackages(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "taskscope-demo-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

test("packages are served as they are on the disk, within bounds, and nothing else is", SLOW, async () => {
  const manifest = JSON.stringify({ name: "x", version: "1.2.3", license: "MIT", dependencies: { y: "1" } });
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, file) => [`many/file-${file}`, "text"]));
  const root = await writePackages({
    "plain/package.json": manifest,
    "plain/lib/index.js": "export {};\n",
    "plain/node_modules/nested/package.json": manifest,
    "@scope/large/package.json": manifest,
    "@scope/large/data.bin": "x".repeat(1_000_000),
    "broken/package.json": '{ "name": "broken',
    "many/package.json": manifest,
    ...many,
    "no-package/readme": "no manifest",
    ".bin/tool": "",
  });
  await symlink(join(root, "plain"), join(root, "linked"));
  const demo = startDemo("--packages", root, "--rate", "5");
  const service = await demo.said("service");
  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${service}${path}`);
    return { status: response.status, body: await response.json() };
  };

  const packages = ["@scope/large", "broken", "linked", "many", "plain"];
  expect(await get("/packages")).toEqual({ status: 200, body: { packages } });
  const plain = {
    version: "1.2.3",
    license: "MIT",
    dependencies: 1,
    files: 2,
    unreadable: 0,
    verified: true,
  };
  expect(await get("/packages/plain")).toMatchObject({ status: 200, body: { name: "plain", ...plain } });
  expect(await get("/packages/linked")).toMatchObject({ status: 200, body: { name: "linked", ...plain } });
  const large = { status: 200, body: { name: "@scope/large", files: 2, bytes: 65_536 + manifest.length } };
  expect(await get("/packages/@scope/large")).toMatchObject(large);
  expect(await get("/packages/%40scope%2Flarge")).toMatchObject(large);
  expect(await get("/packages/many")).toMatchObject({ status: 200, body: { files: 40 } });
  expect((await get("/packages/broken")).status).toBe(500);
  for (const path of ["no-package", "..%2Fplain", "plain%2Flib", "__proto__"]) {
    expect(await get(`/packages/${path}`)).toEqual({ status: 404, body: { error: "no such package" } });
  }
});

test(
  "alerts that come in are printed, listed and kept up to a hundred, whatever is in them",
  SLOW,
  async () => {
    const demo = startDemo("--rate", "5");
    const service = await demo.said("service");
    const post = async (body: string): Promise<number> =>
      (await fetch(`${service}/alerts`, { method: "POST", body })).status;
    const alert = (name: string, status = "firing"): object => ({
      status,
      labels: { alertname: name, severity: "warning", task_type: "cpu" },
      annotations: { summary: "One\u001b[2J line\r\nonly" },
      startsAt: "2024-01-01T00:00:00Z",
    });
    expect(await post("no JSON")).toBe(400);
    expect(await post('{"alerts": 1}')).toBe(400);
    expect(await post("x".repeat(2_000_000))).toBe(413);
    for (let number = 0; number < 120; number += 1) {
      expect(await post(JSON.stringify({ alerts: [alert(`Alert${number}`)] }))).toBe(200);
    }
    expect(await post(JSON.stringify({ alerts: [null, alert("Alert119", "resolved")] }))).toBe(200);
    const { alerts } = (await (await fetch(`${service}/alerts`)).json()) as {
      alerts: { name: string; status: string }[];
    };
    expect(alerts).toHaveLength(100);
    expect(alerts.at(-1)).toMatchObject({ name: "Alert119", status: "resolved", summary: "One line only" });
    await demo.line(/^alert firing: Alert118 \(warning, task_type=cpu\) One line only$/);
    demo.signal("SIGTERM");
    const { lines } = await demo.end;
    const atTheEnd = lines
      .slice(lines.indexOf("shutting down: SIGTERM"))
      .filter((line) => line.startsWith("alert "));
    expect(atTheEnd).toHaveLength(100);
    expect(atTheEnd.at(-1)).toBe("alert resolved: Alert119 (warning, task_type=cpu) One line only");
  },
);
