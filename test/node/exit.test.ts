import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("telemetry never keeps a process alive that has nothing else to do", async () => {
  const script = fileURLToPath(new URL("../fixtures/idle-process.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script], {
    timeout: 8_000,
  });
  expect(stdout).toBe("200");
});

test("nor does a scraper that keeps its connection open and asks again and again", async () => {
  const script = fileURLToPath(new URL("../fixtures/scraped-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const { hostname, port } = new URL(line.toString().trim());
  const socket = connect(Number(port), hostname);
  const ask = (): void => void socket.write("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n");
  socket.on("error", () => {});
  socket.once("data", () => child.stdin.end());
  socket.on("data", (chunk) => {
    if (chunk.includes("HTTP/1.1 200")) ask();
  });
  ask();
  expect(await exited).toEqual([0, null]);
  socket.destroy();
});
