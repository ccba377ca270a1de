/** Something that happened to a member, as `onMember` hears of it. */
export interface MemberChange {
  /** It reported for the first time; said goodbye; or went without a word. */
  readonly change: "joined" | "closed" | "died";
  /** The id of its tracker. */
  readonly id: string;
  /** The version of taskscope that it runs. */
  readonly version: string;
  readonly pid: number;
  /** 0 for a main thread. */
  readonly threadId: number;
}

/** Hears of each change once the numbers show it. What it throws is caught and reported. */
export type OnMember = (change: MemberChange) => void;
