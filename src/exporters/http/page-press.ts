import type { ExpositionFormat } from "./exposition-format.ts";
import type { LabelTexts } from "./label-texts.ts";
import { PageBytes } from "./page-bytes.ts";
import type { PageSources } from "./page-sources.ts";
import type { Page, PageForm } from "./page.ts";
import { SharedWork } from "./shared-work.ts";
import { writePage } from "./write-page.ts";

/**
 * Makes pages of one format and form, one at a time, for all who ask at about the same time. Each is written where the one
 * before was, unless a full collection has come in between: memory that is taken anew for every page, outside V8's heap,
 * is what makes those come.
 */
export class PagePress<Body extends Buffer | string> {
  readonly #sources: PageSources;
  readonly #texts: LabelTexts;
  readonly #format: ExpositionFormat;
  readonly #form: PageForm<Body>;
  readonly #work: SharedWork<Page<Body>> = new SharedWork(() => this.#print());
  #spare: WeakRef<Buffer> | undefined;

  constructor(sources: PageSources, texts: LabelTexts, format: ExpositionFormat, form: PageForm<Body>) {
    this.#sources = sources;
    this.#texts = texts;
    this.#format = format;
    this.#form = form;
  }

  /** The page as of now or a moment later. */
  page(): Promise<Page<Body>> {
    return this.#work.ask();
  }

  async #print(): Promise<Page<Body>> {
    const bytes = new PageBytes(this.#spare?.deref());
    await writePage(bytes, this.#sources.read(), this.#format, this.#texts);
    const page = { contentType: this.#format.contentType, ...(await this.#form(bytes.written)) };
    this.#spare = new WeakRef(bytes.buffer);
    return page;
  }
}
