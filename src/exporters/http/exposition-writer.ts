import { metrics } from "../../metrics/index.ts";
import type { MetricKey } from "../../metrics/index.ts";
import type { MetricValue } from "../../plugin/index.ts";
import type { HistogramSnapshot } from "../../stats/index.ts";
import { numberText } from "./exposition-format.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import type { PageBytes } from "./page-bytes.ts";

/** Writes the values of one prefix, family by family. */
export class ExpositionWriter {
  readonly #prefix: string;
  readonly #format: ExpositionFormat;
  readonly #page: PageBytes;
  readonly #bucketTails = new Map<readonly number[], readonly string[]>();
  /** Of the family that is being written. */
  #name = "";

  constructor(prefix: string, format: ExpositionFormat, page: PageBytes) {
    this.#prefix = `${prefix}_`;
    this.#format = format;
    this.#page = page;
  }

  /** Begins a family: what is written from here on are values of it. */
  begin(key: MetricKey): void {
    const row = metrics[key];
    this.#name = `${this.#prefix}${row.prometheusName}`;
    this.#page.add(this.#format.head(row, this.#prefix));
  }

  /** Writes one value. `labels` as {@link LabelTexts} gives them. */
  write(labels: string, value: MetricValue): void {
    const name = this.#name;
    // One template a line, not `+`: this is nearly all that a page costs.
    const close = labels === "" ? " " : "} ";
    if (typeof value === "number") {
      this.#page.add(`${name}${labels}${close}${numberText(value)}\n`);
    } else {
      this.#page.add(this.#bucketsOf(labels, value));
      this.#page.add(`${name}_sum${labels}${close}${numberText(value.sum)}\n`);
      this.#page.add(`${name}_count${labels}${close}${value.count}\n`);
    }
  }

  #bucketsOf(labels: string, { bounds, counts, exemplars }: HistogramSnapshot): string {
    // `join` gives one flat string, where `+` would give a tree that each line with it in walks again.
    const head = [this.#name, "_bucket", labels, labels === "" ? "{" : ",", 'le="'].join("");
    const tails = this.#tailsOf(bounds);
    let text = "";
    let cumulative = 0;
    for (let bucket = 0; bucket < counts.length; bucket += 1) {
      cumulative += counts[bucket] ?? 0;
      const exemplar = exemplars?.[bucket];
      text +=
        exemplar === undefined
          ? `${head}${tails[bucket]}${cumulative}\n`
          : `${head}${tails[bucket]}${cumulative}${this.#format.exemplar(exemplar)}\n`;
    }
    return text;
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
}
