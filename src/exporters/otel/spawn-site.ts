import { fileURLToPath } from "node:url";

/** A place in the user's code. */
export interface SpawnSite {
  readonly functionName: string | undefined;
  /** A path; or the URL, where the code came from no file. */
  readonly filePath: string;
  readonly line: number;
}

interface Frame {
  readonly functionName: string | undefined;
  readonly file: string;
  readonly line: number;
}

/** Frames that are looked at: those of ours come first. */
const MAX_FRAMES = 40;
const MAX_LINE_LENGTH = 2_048;
const MAX_NAME_LENGTH = 256;
const OWN_FILE = /exporters[\\/]otel[\\/]spawn-site\.[jt]s$/;
const FRAME = /^\s*at (?:async )?(?:(.*) \()?(.*):(\d+):\d+\)?$/;

/**
 * Where in the user's code the current call comes from: the first frame that is neither ours nor Node's. `undefined`
 * where that cannot be told, as in a bundle that holds both. Takes some ten microseconds, reads through source maps
 * where the process does, and never throws.
 */
export function currentSite(): SpawnSite | undefined {
  return siteIn(readStack());
}

/** The same for a stack that was kept. */
export function siteIn(stack: string): SpawnSite | undefined {
  const own = ownRoot();
  if (own === undefined) return undefined;
  for (const frame of framesOf(stack)) {
    if (!frame.file.startsWith("node:") && !frame.file.startsWith(own)) return asSite(frame);
  }
  return undefined;
}

let knownRoot: { readonly prefix: string | undefined } | undefined;

/** What the files of this package begin with, as stacks write it: it is read off a frame of this very file. */
function ownRoot(): string | undefined {
  if (knownRoot === undefined) {
    const [frame] = framesOf(readStack());
    const isOwn = frame !== undefined && OWN_FILE.test(frame.file);
    knownRoot = { prefix: isOwn ? frame.file.replace(OWN_FILE, "") : undefined };
  }
  return knownRoot.prefix;
}

// A user may have frozen `Error`, or replaced the way stacks are written.
function readStack(): string {
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = MAX_FRAMES;
    const { stack }: { stack?: unknown } = new Error("site");
    return typeof stack === "string" ? stack : "";
  } catch {
    return "";
  } finally {
    try {
      Error.stackTraceLimit = stackTraceLimit;
    } catch {
      // It was not changed either.
    }
  }
}

function* framesOf(stack: string): Generator<Frame> {
  for (const text of stack.split("\n", MAX_FRAMES + 1)) {
    if (text.length > MAX_LINE_LENGTH || text.includes("eval at ")) continue;
    const [, name, file, line] = FRAME.exec(text) ?? [];
    if (file === undefined || file === "<anonymous>") continue;
    yield { functionName: functionNameOf(name), file, line: Number(line) };
  }
}

function functionNameOf(text: string | undefined): string | undefined {
  const name = text?.replace(/ \[as .*\]$/, "").replace(/^(?:async |new )+/, "");
  return name === undefined || name === "" || name.includes("<anonymous>")
    ? undefined
    : name.slice(0, MAX_NAME_LENGTH);
}

function asSite({ functionName, file, line }: Frame): SpawnSite {
  return { functionName, filePath: asPath(file), line };
}

function asPath(file: string): string {
  if (!file.startsWith("file:")) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}
