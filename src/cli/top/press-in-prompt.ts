import { typedBy } from "./keys.ts";
import type { Key } from "./keys.ts";
import { findRow } from "./find-row.ts";
import type { Pressed, Situation } from "./pressed.ts";
import type { Prompt, TopState } from "./top-state.ts";

const MOST_TYPED = 200;

/** What a key does while the last line asks something. */
export function pressInPrompt(state: TopState, prompt: Prompt, key: Key, { body }: Situation): Pressed {
  const closed: TopState = { ...state, prompt: undefined };
  if (key.ctrl === true && key.name === "c") return { state: closed };
  if (prompt.kind === "cancel") {
    if (key.sequence === "y" || key.sequence === "Y")
      return { state: closed, effect: { kind: "cancel", id: prompt.id } };
    return { state: { ...closed, note: { text: `Task ${prompt.id} was left alone.`, tone: "plain" } } };
  }
  if (key.name === "escape") return { state: closed };
  if (key.name === "return" || key.name === "enter") {
    if (prompt.kind === "search") return { state: closed };
    return { state: { ...closed, filter: prompt.text, at: 0, key: undefined, top: 0, isAtEnd: false } };
  }
  const text = edited(prompt.text, key);
  if (text === undefined) return { state };
  const asking: TopState = { ...state, prompt: { ...prompt, text } };
  return { state: prompt.kind === "search" && text !== "" ? findRow(asking, body, text, 0) : asking };
}

/** The text after a key; `undefined` where the key changes nothing. */
function edited(text: string, key: Key): string | undefined {
  if (key.ctrl === true && key.name === "u") return "";
  if (key.ctrl === true && key.name === "w") return text.replace(/\S*\s*$/, "");
  if (key.name === "backspace") return Array.from(text).slice(0, -1).join("");
  const typed = typedBy(key);
  return typed === undefined ? undefined : (text + typed).slice(0, MOST_TYPED);
}
