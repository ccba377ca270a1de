import type { MetricRow } from "../../metrics/index.ts";
import type { Exemplar } from "../../stats/index.ts";

/** What differs between the formats in which Prometheus reads metrics. */
export interface ExpositionFormat {
  readonly mediaType: string;
  readonly version: string;
  readonly contentType: string;
  /** The lines before the samples of a family. `prefix` includes the underscore. */
  head(row: MetricRow, prefix: string): string;
  /** What follows the value of a bucket. */
  exemplar(exemplar: Exemplar): string;
  /** What follows the last family. */
  readonly end: string;
}

function typed(
  mediaType: string,
  version: string,
): Pick<ExpositionFormat, "mediaType" | "version" | "contentType"> {
  return { mediaType, version, contentType: `${mediaType}; version=${version}; charset=utf-8` };
}

/** The text format 0.0.4, which every Prometheus reads. It has no exemplars. */
export const prometheusText: ExpositionFormat = {
  ...typed("text/plain", "0.0.4"),
  head(row, prefix) {
    const name = `${prefix}${row.prometheusName}`;
    return `# HELP ${name} ${escapeText(row.help)}\n# TYPE ${name} ${row.type}\n`;
  },
  exemplar: () => "",
  end: "",
};

/**
 * OpenMetrics 1.0.0: counters are families without the `_total` that their samples keep, and buckets have exemplars. The
 * values of `le` stay as they are in the text (`1`, not `1.0`): a series must not change its name with the format.
 */
export const openMetrics: ExpositionFormat = {
  ...typed("application/openmetrics-text", "1.0.0"),
  head(row, prefix) {
    const name = `${prefix}${row.type === "counter" ? row.prometheusName.replace(/_total$/, "") : row.prometheusName}`;
    const unit = unitNames.get(row.unit);
    // A unit must be the end of the name.
    const unitLine = unit !== undefined && name.endsWith(`_${unit}`) ? `# UNIT ${name} ${unit}\n` : "";
    return `# TYPE ${name} ${row.type}\n${unitLine}# HELP ${name} ${escapeQuoted(row.help)}\n`;
  },
  exemplar({ traceId, spanId, value, atMs }) {
    return ` # {trace_id="${traceId}",span_id="${spanId}"} ${value} ${atMs / 1_000}`;
  },
  end: "# EOF\n",
};

const unitNames: ReadonlyMap<string, string> = new Map([
  ["s", "seconds"],
  ["By", "bytes"],
]);

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", '"': '\\"' };

function escapeText(text: string): string {
  return text.replaceAll(/[\\\n]/g, (character) => escapes[character] ?? character);
}

/** Text as it stands between double quotes: the value of a label, and help in OpenMetrics. */
export function escapeQuoted(text: string): string {
  return text.replaceAll(/[\\\n"]/g, (character) => escapes[character] ?? character);
}

/** A number as both formats write it. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}
