import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { ApiProblem } from "./api-problem.ts";

/** What `npm run build` makes of console/. The sources and the built package have it at the same distance. */
const folder = new URL("../../../dist/console/", import.meta.url);

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Nothing but its own files and its own API; and no text ever becomes markup or code. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

interface ConsoleFile {
  readonly content: Buffer;
  readonly contentType: string;
  readonly etag: string;
  /** The name of a file says what is in it, but for the page itself. */
  readonly isNamedByContent: boolean;
  /** Made once, when a client that takes it first asks. */
  zipped: Promise<Buffer> | undefined;
}

/** The files of the console, read when the first is asked for and kept: they are few and small. */
export class ConsolePage {
  #files: ReadonlyMap<string, ConsoleFile> | undefined;

  /** The file at a path such as `/` or `/assets/index-1a2b.js`. Throws an {@link ApiProblem} where there is none. */
  async respond(path: string, request: Request): Promise<Response> {
    this.#files ??= readFiles();
    const file = this.#files.get(path);
    if (file === undefined) throw new ApiProblem("not_found", whyMissing(this.#files.size));
    const headers = new Headers({
      "content-type": file.contentType,
      "content-security-policy": pagePolicy,
      "cache-control": file.isNamedByContent ? "public, max-age=31536000, immutable" : "no-cache",
      etag: file.etag,
      vary: "Accept-Encoding",
    });
    if (request.headers.get("if-none-match")?.includes(file.etag) === true)
      return new Response(null, { status: 304, headers });
    if (!/\bgzip\b/.test(request.headers.get("accept-encoding") ?? ""))
      return new Response(new Uint8Array(file.content), { headers });
    headers.set("content-encoding", "gzip");
    file.zipped ??= promisify(gzip)(file.content);
    return new Response(new Uint8Array(await file.zipped), { headers });
  }
}

function readFiles(): ReadonlyMap<string, ConsoleFile> {
  const files = new Map<string, ConsoleFile>();
  for (const name of namesIn(folder)) {
    const contentType = contentTypes[extname(name)];
    if (contentType === undefined) continue;
    const content = readFileSync(new URL(name, folder));
    const hash = createHash("sha256").update(content).digest("base64url").slice(0, 22);
    files.set(name === "index.html" ? "/" : `/${name}`, {
      content,
      contentType,
      etag: `"${hash}"`,
      isNamedByContent: name !== "index.html",
      zipped: undefined,
    });
  }
  return files;
}

function namesIn(url: URL): string[] {
  try {
    return readdirSync(fileURLToPath(url), { recursive: true, encoding: "utf8" })
      .map((name) => name.replaceAll("\\", "/"))
      .sort();
  } catch {
    return [];
  }
}

function whyMissing(fileCount: number): string {
  return fileCount === 0
    ? "The console's files are not beside the package: a bundler left out dist/console, or nothing is built"
    : "There is nothing at this path";
}
