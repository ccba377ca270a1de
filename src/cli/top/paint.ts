import { inspect } from "node:util";
import { widthOf } from "./cell.ts";
import type { Line, Tone } from "./styled-line.ts";

type Style = keyof typeof inspect.colors;

const coloured: Readonly<Record<Tone, readonly Style[]>> = {
  plain: [],
  dim: ["gray"],
  bold: ["bold"],
  good: ["green"],
  bad: ["red"],
  warn: ["yellow"],
  info: ["blueBright"],
  label: ["cyan"],
  key: ["bold"],
  head: ["black", "bgGreen"],
  selected: ["black", "bgCyan"],
  alarm: ["bold", "white", "bgRed"],
};

/** Without colours, what has to stand out still does. */
const plain: Readonly<Partial<Record<Tone, readonly Style[]>>> = {
  bold: ["bold"],
  key: ["bold"],
  head: ["inverse"],
  selected: ["inverse", "bold"],
  alarm: ["inverse", "bold"],
};

const ascii = /^[\x20-\x7e]*$/;

/** A line as the terminal takes it. */
export function paint(line: Line, hasColours: boolean): string {
  let painted = "";
  let column = 1;
  for (const { text, tone } of line) {
    const styles = (hasColours ? coloured[tone] : plain[tone]) ?? [];
    const codes = styles.map((style) => inspect.colors[style] ?? [0, 0]);
    painted += `${codes.map(([on]) => `\u001B[${on}m`).join("")}${text}${codes.length === 0 ? "" : "\u001B[0m"}`;
    column += widthOf(text);
    // Terminals do not agree on how wide such characters are: what follows stands where it should all the same.
    if (!ascii.test(text)) painted += `\u001B[${column}G`;
  }
  return painted;
}
