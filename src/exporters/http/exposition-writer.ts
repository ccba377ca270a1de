import { metrics } from "../../metrics/index.ts";
import type { MetricKey } from "../../metrics/index.ts";
import type { MetricValue } from "../../plugin/index.ts";
import type { HistogramSnapshot } from "../../stats/index.ts";
import { numberText } from "./exposition-format.ts";
import type { ExpositionFormat } from "./exposition-format.ts";

/** The text of one family so far. */
interface FamilyText {
  readonly name: string;
  readonly parts: Buffer[];
  /** Lines that are no part yet. */
  text: string;
}

const keys = Object.keys(metrics) as MetricKey[];

/** Writes the values of one prefix, in whatever order they come, into families in the order of the catalogue. */
export class ExpositionWriter {
  readonly #prefix: string;
  readonly #format: ExpositionFormat;
  readonly #bucketTails = new Map<readonly number[], readonly string[]>();
  readonly #families = new Map<MetricKey, FamilyText>();

  constructor(prefix: string, format: ExpositionFormat) {
    this.#prefix = `${prefix}_`;
    this.#format = format;
  }

  /** Writes one value. `labels` as {@link LabelTexts} gives them. */
  write(key: MetricKey, labels: string, value: MetricValue): void {
    const family = this.#family(key);
    // One template a line, not `+`: this is nearly all that a page costs.
    const close = labels === "" ? " " : "} ";
    if (typeof value === "number") {
      family.text += `${family.name}${labels}${close}${numberText(value)}\n`;
    } else {
      this.#writeBuckets(family, labels, value);
      family.text += `${family.name}_sum${labels}${close}${numberText(value.sum)}\n`;
      family.text += `${family.name}_count${labels}${close}${value.count}\n`;
    }
  }

  /** Makes bytes of what was written, so that little is left to do at the end. */
  cut(): void {
    for (const family of this.#families.values()) {
      if (family.text !== "") family.parts.push(Buffer.from(family.text));
      family.text = "";
    }
  }

  /** All that was written. */
  parts(): Buffer[] {
    this.cut();
    return keys.flatMap((key) => this.#families.get(key)?.parts ?? []);
  }

  #writeBuckets(family: FamilyText, labels: string, histogram: HistogramSnapshot): void {
    const { bounds, counts, exemplars } = histogram;
    const { name } = family;
    const bucketHead = `${name}_bucket${labels}${labels === "" ? "{" : ","}le="`;
    const bucketTails = this.#tailsOf(bounds);
    let { text } = family;
    let cumulative = 0;
    for (let bucket = 0; bucket < counts.length; bucket += 1) {
      cumulative += counts[bucket] ?? 0;
      const exemplar = exemplars?.[bucket];
      text +=
        exemplar === undefined
          ? `${bucketHead}${bucketTails[bucket]}${cumulative}\n`
          : `${bucketHead}${bucketTails[bucket]}${cumulative}${this.#format.exemplar(exemplar)}\n`;
    }
    family.text = text;
  }

  /** What follows `le="` on the lines of each bucket, up to the value. */
  #tailsOf(bounds: readonly number[]): readonly string[] {
    let tails = this.#bucketTails.get(bounds);
    if (tails === undefined) {
      tails = [...bounds, Number.POSITIVE_INFINITY].map((bound) => `${numberText(bound)}"} `);
      this.#bucketTails.set(bounds, tails);
    }
    return tails;
  }

  #family(key: MetricKey): FamilyText {
    let family = this.#families.get(key);
    if (family === undefined) {
      const row = metrics[key];
      family = {
        name: `${this.#prefix}${row.prometheusName}`,
        parts: [],
        text: this.#format.head(row, this.#prefix),
      };
      this.#families.set(key, family);
    }
    return family;
  }
}
