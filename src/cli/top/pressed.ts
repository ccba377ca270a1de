import type { Body } from "./frame.ts";
import type { Picture } from "./picture.ts";
import type { TopState } from "./top-state.ts";

/** What a key asks for beyond another look. */
export type Effect =
  | { readonly kind: "quit" }
  | { readonly kind: "suspend" }
  | { readonly kind: "redraw" }
  | { readonly kind: "cancel"; readonly id: number };

/** What a key makes of what is looked at. */
export interface Pressed {
  readonly state: TopState;
  readonly effect?: Effect;
}

/** What is on the screen when a key is pressed. */
export interface Situation {
  readonly picture: Picture;
  readonly body: Body;
}
