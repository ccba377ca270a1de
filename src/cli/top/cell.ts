import measure from "fast-string-truncated-width";
import { safeLine } from "../output/safe-text.ts";
import { span } from "./styled-line.ts";
import type { Line, Span, Tone } from "./styled-line.ts";

/** How many columns a printable text takes. */
export function widthOf(text: string): number {
  return measure(text).width;
}

/** A text of others, in exactly so many columns: what does not fit ends with an ellipsis, what is shorter is filled up. */
export function cell(text: string, width: number, align: "left" | "right" = "left"): string {
  if (width <= 0) return "";
  // No more than can be shown has to be looked at, however long it is. A character can be of several units.
  const safe = safeLine(text.length > width * 20 ? text.slice(0, width * 20) : text);
  const { index, ellipsed, width: taken } = measure(safe, { limit: width, ellipsis: "…", ellipsisWidth: 1 });
  const shown = ellipsed ? `${safe.slice(0, index)}…` : safe.slice(0, index);
  const room = " ".repeat(Math.max(width - (ellipsed ? widthOf(shown) : taken), 0));
  return align === "left" ? shown + room : room + shown;
}

/** A line cut or filled to exactly so many columns. What fills it has the tone of `rest`. */
export function fitLine(line: Line, width: number, rest: Tone = "plain"): Line {
  const fitted: Span[] = [];
  let room = width;
  for (const { text, tone } of line) {
    if (room <= 0) break;
    const taken = widthOf(text);
    if (taken <= room) fitted.push({ text, tone });
    else fitted.push(span(cell(text, room), tone));
    room -= Math.min(taken, room);
  }
  if (room > 0) fitted.push(span(" ".repeat(room), rest));
  return fitted;
}

/** One line at the left and one at the right end, as far as there is room: the right one gives way. */
export function spread(left: Line, right: Line, width: number): Line {
  const taken = left.reduce((sum, { text }) => sum + widthOf(text), 0);
  const wanted = right.reduce((sum, { text }) => sum + widthOf(text), 0);
  const gap = width - taken - wanted;
  if (gap >= 1) return [...left, span(" ".repeat(gap)), ...right];
  return fitLine(left, width);
}

/** A text of others in lines of so many columns, broken at spaces where there are some. */
export function wrapText(text: string, width: number, mostLines = 100): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let rest = safeLine(paragraph);
    do {
      const { index } = measure(rest, { limit: Math.max(width, 2) });
      const space = rest.lastIndexOf(" ", index);
      const end = index >= rest.length ? rest.length : space > index / 2 ? space : Math.max(index, 1);
      lines.push(rest.slice(0, end).trimEnd());
      rest = rest.slice(end).trimStart();
    } while (rest !== "" && lines.length < mostLines);
    if (lines.length >= mostLines) break;
  }
  return lines;
}
