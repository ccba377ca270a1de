import { cell, fitLine, widthOf } from "./cell.ts";
import { keyTable } from "./keys.ts";
import { span } from "./styled-line.ts";
import type { Line } from "./styled-line.ts";
import type { TopState } from "./top-state.ts";

interface Hint {
  readonly key: string;
  readonly word: string;
  readonly rank: number;
}

const hints: readonly Hint[] = keyTable.flatMap((row) => (row.footer === undefined ? [] : [row.footer]));

/** The last line: a question, what came of the last key, or the keys. */
export function footerLine({ prompt, note }: TopState, width: number): Line {
  if (prompt !== undefined) {
    switch (prompt.kind) {
      case "filter":
      case "search": {
        const label = prompt.kind === "filter" ? "Filter: " : "Search: ";
        const hint =
          prompt.kind === "filter" ? "  Enter: show these   Esc: leave it" : "  Enter: here   Esc: leave it";
        const room = Math.max(width - widthOf(label) - widthOf(hint) - 1, 10);
        // The end of a long text is what is typed.
        const text = widthOf(prompt.text) <= room ? prompt.text : cell(prompt.text.slice(-room), room);
        return fitLine([span(label, "key"), span(text), span(" ", "selected"), span(hint, "dim")], width);
      }
      case "cancel": {
        const what = prompt.managed
          ? "It ends now, with its children."
          : "It is only observed: it ends when its code does.";
        const room = Math.max(width - 50, 12);
        const name = cell(prompt.name, Math.min(room, widthOf(cell(prompt.name, room).trimEnd()))).trimEnd();
        return fitLine(
          [
            span(`Cancel ${name} #${prompt.id}?  `, "alarm"),
            span(" y", "key"),
            span(" yes  "),
            span("n", "key"),
            span(` no  `),
            span(what, "dim"),
          ],
          width,
        );
      }
    }
  }
  if (note !== undefined) return fitLine([span(cell(note.text, width), note.tone)], width);
  return fitLine(
    hintsFor(width).flatMap(({ key, word }) => [span(key, "key"), span(word, "selected"), span(" ")]),
    width,
  );
}

/** The keys for which there is room, in their order. */
function hintsFor(width: number): readonly Hint[] {
  const chosen = new Set<Hint>();
  let taken = 0;
  for (const hint of hints.toSorted((a, b) => a.rank - b.rank)) {
    const wanted = hint.key.length + hint.word.length + 1;
    if (taken + wanted > width + 1) continue;
    chosen.add(hint);
    taken += wanted;
  }
  return hints.filter((hint) => chosen.has(hint));
}
