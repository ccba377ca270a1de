/** What a piece of a line is, which decides how it looks. */
export type Tone =
  | "plain"
  | "dim"
  | "bold"
  | "good"
  | "bad"
  | "warn"
  | "info"
  | "head"
  | "key"
  | "label"
  | "selected"
  | "alarm";

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** A line of the screen. Its texts are printable: what others wrote went through `cell` or `wrapText`. */
export type Line = readonly Span[];

/** A piece of a line. */
export function span(text: string, tone: Tone = "plain"): Span {
  return { text, tone };
}

/** A line without its looks. */
export function plainText(line: Line): string {
  return line
    .map(({ text }) => text)
    .join("")
    .trimEnd();
}
