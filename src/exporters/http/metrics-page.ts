import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin, PluginContext, Teardown } from "../../plugin/index.ts";
import { openMetrics, prometheusText } from "./exposition-format.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { LabelTexts } from "./label-texts.ts";
import { answerScrape } from "./metrics-handler.ts";
import { formatFor } from "./negotiation.ts";
import { PageSources } from "./page-sources.ts";
import { PagePress } from "./page-press.ts";
import { asBytes, asGzip, asText } from "./page.ts";
import type { Page, PageForm } from "./page.ts";

/** A page of metrics as text. */
export interface RenderedMetrics {
  /** With the version of the format, which Prometheus 3 insists on. */
  readonly contentType: string;
  readonly body: string;
}

/** The plugin that {@link metricsPage} makes. */
export interface MetricsPage extends Plugin {
  /**
   * The metrics of all trackers that have this plugin, in the format that suits an `Accept` header: OpenMetrics 1.0.0 for
   * those who ask for it, the text format 0.0.4 for all others, whatever the header is.
   */
  render(accept?: string): Promise<RenderedMetrics>;
  /**
   * Answers `GET` and `HEAD` with the page, in gzip where the client takes it, and all other methods with 405, at
   * whatever path it is mounted. Never throws. It checks no permission: where the page is not for everyone, ask first.
   */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
}

/**
 * Serves every metric of taskscope for Prometheus without another package, with exemplars where the openTelemetry() plugin
 * records spans. A task costs nothing: the numbers are read when the page is asked for.
 *
 * Each page is one consistent picture, for every series `spawned = queued + running + completed + failed + cancelled`,
 * as of the request or, while another page is being written, a moment later. It is written in slices, between which the
 * event loop goes on. Trackers that are given the same page and have the same prefix give one family a metric, series
 * added up. A tracker that is shut down takes its numbers along.
 *
 * ```ts
 * const page = metricsPage();
 * const tasks = createTracker({ plugins: [page] });
 * createServer(page.handler).listen(9_464, "127.0.0.1");
 * ```
 */
export function metricsPage(): MetricsPage {
  return new BuiltInPage();
}

class BuiltInPage implements MetricsPage {
  readonly name = "metrics-page";
  readonly handler: MetricsPage["handler"];
  readonly #sources = new PageSources();
  readonly #text: PagesByFormat<string>;

  constructor() {
    const texts = new LabelTexts();
    const pagesIn = <Body extends Buffer | string>(form: PageForm<Body>): PagesByFormat<Body> =>
      new PagesByFormat((format) => new PagePress(this.#sources, texts, format, form));
    const [bytes, compressed] = [pagesIn(asBytes), pagesIn(asGzip)];
    this.#text = pagesIn(asText);
    const maker = {
      page: (accept: string | undefined, isCompressed: boolean) =>
        (isCompressed ? compressed : bytes).page(accept),
      reportFailure: (error: unknown) => this.#sources.reportFailure(error),
    };
    this.handler = (request, response) => void answerScrape(maker, request, response);
  }

  setup(context: PluginContext): Teardown {
    this.#sources.add(context);
    return () => this.#sources.remove(context);
  }

  async render(accept?: string): Promise<RenderedMetrics> {
    const { contentType, body } = await this.#text.page(accept);
    return { contentType, body };
  }
}

/** Pages of one form, in the format that each client asks for. */
class PagesByFormat<Body extends Buffer | string> {
  readonly #openMetrics: PagePress<Body>;
  readonly #prometheusText: PagePress<Body>;

  constructor(pressFor: (format: ExpositionFormat) => PagePress<Body>) {
    this.#openMetrics = pressFor(openMetrics);
    this.#prometheusText = pressFor(prometheusText);
  }

  page(accept: string | undefined): Promise<Page<Body>> {
    return (formatFor(accept) === openMetrics ? this.#openMetrics : this.#prometheusText).page();
  }
}
