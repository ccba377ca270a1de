import { isAscii } from "node:buffer";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";

const compress = promisify(gzip);

/** Compressing less than this saves no packet. */
const WORTH_COMPRESSING_BYTES = 1_024;

/** A written page, as it leaves. */
export interface Page<Body extends Buffer | string = Buffer | string> {
  readonly contentType: string;
  readonly body: Body;
  readonly isCompressed: boolean;
}

/** Makes what leaves of what was written, which is written over once this has settled. */
export type PageForm<Body extends Buffer | string> = (
  written: Buffer,
) => Promise<Omit<Page<Body>, "contentType">>;

export const asText: PageForm<string> = async (written) => ({
  // ASCII nearly always: that is looked at, and read, several times as fast as characters of several bytes.
  body: written.toString(isAscii(written) ? "latin1" : "utf8"),
  isCompressed: false,
});

export const asBytes: PageForm<Buffer> = async (written) => ({
  body: Buffer.from(written),
  isCompressed: false,
});

/** In gzip, made outside the event loop. Fast rather than small: pages are short-lived. */
export const asGzip: PageForm<Buffer> = async (written) =>
  written.length < WORTH_COMPRESSING_BYTES
    ? await asBytes(written)
    : {
        body: await compress(written, { level: constants.Z_BEST_SPEED, chunkSize: 65_536 }),
        isCompressed: true,
      };
