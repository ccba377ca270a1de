import { ApiProblem } from "./api-problem.ts";

const MAX_BYTES = 16_384;

/**
 * The JSON object in the body of a request; empty where there is no body. `parsed` is what a framework has made of the body
 * before it came here, if it did. All else is an {@link ApiProblem}.
 */
export async function readBody(
  request: Request,
  parsed: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  if (isObject(parsed)) return parsed;
  const text = await boundedText(request);
  if (text === "") return {};
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? ""))
    throw new ApiProblem("unsupported_media_type", "A body takes content-type: application/json");
  const value = parse(text);
  if (isObject(value)) return value;
  throw new ApiProblem("bad_request", "The body takes a JSON object");
}

async function boundedText(request: Request): Promise<string> {
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    bytes += next.value.byteLength;
    if (bytes > MAX_BYTES) {
      void reader.cancel().catch(() => {});
      throw new ApiProblem("body_too_large", `The body is larger than ${MAX_BYTES} bytes`, {
        connection: "close",
      });
    }
    chunks.push(next.value);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
