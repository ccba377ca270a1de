import { escapeQuoted } from "./exposition-format.ts";

type Labels = Readonly<Record<string, string>>;

/**
 * Labels as text: `{task_type="…",task_name="…"`, escaped and open at the end, so that more may follow; empty for none.
 * Those of series are kept from one page to the next, because a series has some fifty lines on each; a series that was
 * on neither of two pages is forgotten, so that there are never more than two pages hold.
 */
export class LabelTexts {
  #onThisPage = new Map<string, Map<string, string>>();
  #onPageBefore: ReadonlyMap<string, ReadonlyMap<string, string>> = this.#onThisPage;
  /** Those of the series that was asked for last: all its values come one after the other. */
  #lastLabels: Labels | undefined;
  #lastText = "";
  /** Single labels of this page, by name and value: nearly all are of a few words. */
  #single = new Map<string, Map<string, string>>();

  of(labels: Labels): string {
    if (labels === this.#lastLabels) return this.#lastText;
    const { task_type: type, task_name: name } = labels;
    if (type === undefined || name === undefined || Object.keys(labels).length !== 2)
      return openLabels(Object.entries(labels));
    let byName = this.#onThisPage.get(type);
    if (byName === undefined) this.#onThisPage.set(type, (byName = new Map<string, string>()));
    let text = byName.get(name);
    if (text === undefined) {
      text = this.#onPageBefore.get(type)?.get(name) ?? openLabels(Object.entries(labels));
      byName.set(name, text);
    }
    this.#lastLabels = labels;
    this.#lastText = text;
    return text;
  }

  /** The same labels with one more. */
  with(labels: Labels, name: string, value: string): string {
    const text = this.of(labels);
    if (text === "") return openLabels([[name, value]]);
    let byValue = this.#single.get(name);
    if (byValue === undefined) this.#single.set(name, (byValue = new Map<string, string>()));
    let single = byValue.get(value);
    if (single === undefined) byValue.set(value, (single = `,${name}="${escapeQuoted(value)}"`));
    return text + single;
  }

  /** Ends a page. */
  turn(): void {
    this.#onPageBefore = this.#onThisPage;
    this.#onThisPage = new Map();
    this.#single = new Map();
    this.#lastLabels = undefined;
  }

  /** How many series are kept from the pages before. */
  get size(): number {
    let size = 0;
    for (const byName of this.#onPageBefore.values()) size += byName.size;
    return size;
  }
}

function openLabels(entries: readonly (readonly [string, string])[]): string {
  // `join` gives one flat string, where `+` would give a tree that every line with it in walks again.
  return entries
    .flatMap(([name, value], index) => [index === 0 ? "{" : ",", name, '="', escapeQuoted(value), '"'])
    .join("");
}
