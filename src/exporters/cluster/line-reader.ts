/** The longest message of a socket, in bytes. */
export const MAX_MESSAGE_BYTES = 1_048_576;

const NEWLINE = 0x0a;

/** Cuts a stream into messages, one JSON text a line. Holds no more than {@link MAX_MESSAGE_BYTES}. */
export class LineReader {
  #held: Buffer[] = [];
  #heldBytes = 0;

  /** The whole lines that are there now. `undefined` when one is too long: the stream is of no use any more. */
  push(chunk: Buffer): string[] | undefined {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      if (!this.#hold(chunk.subarray(start, end))) return undefined;
      lines.push(Buffer.concat(this.#held).toString("utf8"));
      this.#held = [];
      this.#heldBytes = 0;
      start = end + 1;
    }
    return this.#hold(chunk.subarray(start)) ? lines : undefined;
  }

  #hold(bytes: Buffer): boolean {
    if (bytes.length === 0) return true;
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MAX_MESSAGE_BYTES) {
      this.#held = [];
      return false;
    }
    this.#held.push(bytes);
    return true;
  }
}

/** A line as JSON; `undefined` where it is none. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
