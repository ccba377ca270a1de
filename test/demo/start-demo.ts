import { onTestFinished } from "vitest";
import { DemoProcess } from "../../drills/demo-process.ts";

/** Starts the demo on free ports, and ends it with the test if it still runs then. */
export function startDemo(...options: readonly string[]): DemoProcess {
  const demo = new DemoProcess(["--port", "0", ...options]);
  onTestFinished(async () => {
    demo.signal("SIGKILL");
    await demo.end;
  });
  return demo;
}
