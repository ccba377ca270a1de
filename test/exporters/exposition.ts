/** One line of a text exposition. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A text exposition taken apart. */
export interface Exposition {
  readonly types: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
  readonly samples: readonly ExposedSample[];
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/g;

/** Reads Prometheus' text format, as far as taskscope's exporters write it. Throws on anything else. */
export function parseExposition(text: string): Exposition {
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  const samples: ExposedSample[] = [];
  for (const line of text.split("\n")) {
    const [, keyword, name, rest] = /^# (\w+) (\S+) ?(.*)$/.exec(line) ?? [];
    if (keyword === "TYPE") types.set(name ?? "", rest ?? "");
    else if (keyword === "HELP") help.set(name ?? "", rest ?? "");
    else if (line !== "" && !line.startsWith("#")) samples.push(parseSample(line));
  }
  return { types, help, samples };
}

function parseSample(line: string): ExposedSample {
  const [, name, labelText = "", value] = LINE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`Not a sample: ${line}`);
  const labels: Record<string, string> = {};
  let end = 0;
  for (const match of labelText.matchAll(LABEL)) {
    if (match.index !== end) throw new Error(`Not labels: ${labelText}`);
    end = match.index + match[0].length;
    labels[match[1] ?? ""] = match[2] ?? "";
  }
  if (end !== labelText.length) throw new Error(`Not labels: ${labelText}`);
  return { name, labels, value: value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value) };
}

/** The samples as sorted lines with sorted labels: equal for equal content, in whatever order it was written. */
export function canonicalLines({ samples }: Exposition): string[] {
  return samples
    .map(({ name, labels, value }) => {
      const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
      return `${name}{${sorted.map(([key, text]) => `${key}="${text}"`).join(",")}} ${value}`;
    })
    .toSorted();
}
