/** Control characters, separators of lines, halves of characters, and what turns or hides text. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Cf}]/gu;
/** The same, where lines and tabs are meant. */
const UNSAFE_IN_TEXT = /[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\p{Cs}\p{Cf}]/gu;

/**
 * Text of others as one line that can be printed: what would move the cursor, retitle the window, turn the direction of
 * writing or hide something is shown as its code instead, never obeyed.
 */
export function safeLine(text: string): string {
  return text.replaceAll(UNSAFE, shown);
}

/** The same for text of several lines. */
export function safeText(text: string): string {
  return text.replaceAll(UNSAFE_IN_TEXT, shown);
}

/** JSON for a terminal or a file: what could do harm to a terminal stands as `\u…`, which means the same. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(UNSAFE_IN_TEXT, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

function shown(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}
