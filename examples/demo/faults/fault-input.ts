import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parseFault } from "./fault-settings.ts";
import type { FaultBoard } from "./fault-board.ts";

/**
 * Takes faults from a stream, a line each: `leak=50` starts one, `leak=0` ends it. Says what came of each line. Calls
 * `onEnd` when the stream ends: whoever gave the orders is gone. Gives a function that stops to listen.
 */
export function readFaults(
  input: Readable,
  board: FaultBoard,
  say: (line: string) => void,
  onEnd: () => void,
): () => void {
  const lines = createInterface({ input });
  const obey = async (text: string): Promise<void> => {
    const parsed = parseFault(text);
    if (typeof parsed === "string") return say(`fault refused: ${parsed}`);
    try {
      await board.apply(parsed);
      say(`fault: ${text}`);
    } catch (error) {
      say(`fault failed: ${text}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  lines.on("line", (line) => {
    if (line.trim() !== "") void obey(line.trim());
  });
  lines.once("close", onEnd);
  return () => {
    lines.close();
    input.destroy();
  };
}
