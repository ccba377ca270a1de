import { isAscii } from "node:buffer";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";

const compress = promisify(gzip);

/** Compressing less than this saves no packet. */
const WORTH_COMPRESSING_BYTES = 1_024;

/** A written page. */
export class Page {
  readonly contentType: string;
  readonly body: Buffer;
  #compressed: Promise<Buffer> | undefined;

  constructor(contentType: string, body: Buffer) {
    this.contentType = contentType;
    this.body = body;
  }

  get text(): string {
    // Nearly always, and several times as fast as to look for characters of several bytes.
    return this.body.toString(isAscii(this.body) ? "latin1" : "utf8");
  }

  get isWorthCompressing(): boolean {
    return this.body.length >= WORTH_COMPRESSING_BYTES;
  }

  /** The body in gzip, made outside the event loop and once for all who want it. Fast rather than small: pages are short-lived. */
  compressed(): Promise<Buffer> {
    return (this.#compressed ??= compress(this.body, { level: constants.Z_BEST_SPEED, chunkSize: 65_536 }));
  }
}
