import type { Body } from "./frame.ts";
import { isText } from "./rows.ts";
import type { TopState } from "./top-state.ts";

/**
 * Puts the looked-at row and the first row where they can be: a row that was moved to stays looked at when it moves, and is
 * on the screen. What nobody has moved from stays at the top.
 */
export function settle(state: TopState, { rows, height }: Body): TopState {
  const most = Math.max(rows.length - 1, 0);
  const lastTop = Math.max(rows.length - height, 0);
  if (state.isAtEnd) return { ...state, at: isText(state) ? 0 : most, key: undefined, top: lastTop };
  if (isText(state))
    return { ...state, at: 0, key: undefined, top: Math.min(Math.max(state.top, 0), lastTop) };
  const found = state.key === undefined ? -1 : rows.findIndex(({ key }) => key === state.key);
  const at = found === -1 ? Math.min(Math.max(state.at, 0), most) : found;
  const top = Math.min(Math.max(state.top, at - Math.max(height - 1, 0)), at, lastTop);
  const key = state.key === undefined ? undefined : rows[at]?.key;
  return { ...state, at, key, top: Math.max(top, 0) };
}
