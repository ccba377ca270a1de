import { onTestFinished } from "vitest";
import { ServerProgram } from "../../drills/server-program.ts";

/** Runs a server that says at `readyUrl` when it is ready; ends it with the test. */
export async function runServer(program: string, args: readonly string[], readyUrl: string): Promise<void> {
  const server = new ServerProgram(program, args);
  onTestFinished(() => server.close());
  await server.ready(readyUrl);
}
