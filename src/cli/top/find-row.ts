import type { Body } from "./frame.ts";
import { rowMatches } from "./rows.ts";
import { settle } from "./settle.ts";
import type { TopState } from "./top-state.ts";

/** Goes to the next row that has the text, from the top again after the last; `from` 0 is satisfied with this one. */
export function findRow(state: TopState, body: Body, text: string, from: 0 | 1): TopState {
  const { rows } = body;
  for (let step = from; step < rows.length + from; step += 1) {
    const at = (state.at + step) % rows.length;
    const row = rows[at];
    if (row !== undefined && rowMatches(row, text))
      return settle({ ...state, at, key: row.key, search: text, isAtEnd: false }, body);
  }
  return { ...state, search: text, note: { text: `No row here has “${text}”.`, tone: "warn" } };
}
