// C0 and C1 controls, line and paragraph separators, bidirectional controls, the BOM, and lone surrogates.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * Makes a text fit for a line of a log: at most `maxLength` UTF-16 units of it, "…" where it was cut, and what could start
 * another line, steer a terminal or turn the reading direction written as `\u001b`. A terminal and a file show the same.
 */
export function safeText(text: string, maxLength: number): string {
  const cut = text.length <= maxLength ? text : `${text.slice(0, Math.max(maxLength - 1, 0)).trimEnd()}…`;
  return cut.replace(UNSAFE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
