import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a server that says at `readyUrl` when it is ready; ends it with the test. Fails with its last words if it ends before. */
export async function runServer(program: string, args: readonly string[], readyUrl: string): Promise<void> {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let words = "";
  let end: string | undefined;
  child.stderr.on("data", (chunk: Buffer) => (words = `${words}${chunk.toString("utf8")}`.slice(-4_000)));
  child.once("error", (error) => (end = error.message));
  child.once("exit", (code) => (end = `exit code ${code}`));
  const closed = new Promise((resolve) => child.once("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await closed;
  });
  const isReady = async (): Promise<boolean> => {
    if (end !== undefined) return true;
    const response = await fetch(readyUrl).catch(() => undefined);
    await response?.arrayBuffer();
    return response?.ok ?? false;
  };
  await expect.poll(isReady, { timeout: 20_000, interval: 100 }).toBe(true);
  if (end !== undefined) throw new Error(`${program} ended: ${end}\n${words}`);
}
