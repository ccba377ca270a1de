import type { ExpositionFormat } from "./exposition-format.ts";
import { openMetrics, prometheusText } from "./exposition-format.ts";
import { headerRanges } from "./header-ranges.ts";
import type { HeaderRange } from "./header-ranges.ts";

/** How well a format suits a client. */
interface Suitability {
  readonly quality: number;
  /** 2: the client named the format itself; 1: its kind; 0: anything. */
  readonly specificity: number;
}

/**
 * The format for an `Accept` header: the one with the higher quality; of two as good as each other OpenMetrics, if the
 * client named it. A client that takes neither, or says nothing that can be read, gets the plain text, which every
 * scraper reads.
 */
export function formatFor(accept: unknown): ExpositionFormat {
  const ranges = headerRanges(accept);
  const [modern, plain] = [suitability(openMetrics, ranges), suitability(prometheusText, ranges)];
  if (modern.quality === 0) return prometheusText;
  if (modern.quality > plain.quality) return openMetrics;
  return modern.quality === plain.quality && modern.specificity === 2 ? openMetrics : prometheusText;
}

/** Whether a client takes gzip, by its `Accept-Encoding` header. */
export function takesGzip(acceptEncoding: unknown): boolean {
  const ranges = headerRanges(acceptEncoding);
  const named = ranges.find(({ name }) => name === "gzip" || name === "x-gzip");
  return ((named ?? ranges.find(({ name }) => name === "*"))?.quality ?? 0) > 0;
}

/** The most specific range that fits a format decides, whatever others say. */
function suitability(format: ExpositionFormat, ranges: readonly HeaderRange[]): Suitability {
  let best: Suitability = { quality: 0, specificity: -1 };
  for (const range of ranges) {
    const specificity = specificityOf(range, format);
    const { quality } = range;
    const isBetter =
      specificity > best.specificity || (specificity === best.specificity && quality > best.quality);
    if (specificity >= 0 && isBetter) best = { quality, specificity };
  }
  return best;
}

function specificityOf({ name, parameters }: HeaderRange, { mediaType, version }: ExpositionFormat): number {
  if (name === "*/*") return 0;
  if (name === `${mediaType.split("/", 1)[0]}/*`) return 1;
  return name === mediaType && (parameters.get("version") ?? version) === version ? 2 : -1;
}
