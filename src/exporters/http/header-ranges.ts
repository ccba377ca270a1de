/** One alternative of an `Accept` or `Accept-Encoding` header. */
export interface HeaderRange {
  /** What comes before the parameters, in lower case. */
  readonly name: string;
  /** Parameters but `q`, names in lower case, values without quotes. */
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 (not acceptable) to 1. */
  readonly quality: number;
}

/** Real headers have some hundred characters; of one that is longer, the rest is not read. */
const MAX_LENGTH = 4_096;

const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** Takes a header apart. Alternatives that are no such thing are left out; nothing makes this throw. */
export function headerRanges(header: unknown): HeaderRange[] {
  if (typeof header !== "string") return [];
  return header
    .slice(0, MAX_LENGTH)
    .split(",")
    .flatMap((text) => {
      const [name = "", ...rest] = text.split(";").map((part) => part.trim());
      const parameters = new Map(rest.map(parameterOf));
      const quality = parameters.get("q") ?? "1";
      parameters.delete("q");
      if (name === "" || !QUALITY.test(quality)) return [];
      return [{ name: name.toLowerCase(), parameters, quality: Number(quality) }];
    });
}

function parameterOf(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 0) return [text.toLowerCase(), ""];
  const value = text.slice(equals + 1).trim();
  return [text.slice(0, equals).trim().toLowerCase(), value.replace(/^"(.*)"$/, "$1")];
}
