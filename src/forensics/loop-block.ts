/** Whose code was found in the midst of a block: somebody's, or of what nobody claims. */
export interface BlockSample<Holder> {
  /** How long the loop had been blocked, in milliseconds. */
  readonly atMs: number;
  /** The task that was current, by its id, and who is told of it; `undefined` where there was none. */
  readonly taskId: number;
  readonly holder: Holder | undefined;
  /** False where the main thread could only be stopped when it came out of native code. */
  readonly precise: boolean;
  readonly stack: string | undefined;
}

/** What one task has of a block. */
export interface BlockShare<Holder> {
  readonly holder: Holder | undefined;
  readonly blockedMs: number;
  readonly precise: boolean;
  readonly stack: string | undefined;
  /** False where nobody could look, or only when it was over. */
  readonly isKnown: boolean;
}

/**
 * Divides a block between those who were found in it. A sample stands for the time since the one before, the last one for what
 * is left too; a task that was found several times has one share, with the stack of the first.
 */
export function sharesOf<Holder>(
  blockedMs: number,
  samples: readonly BlockSample<Holder>[],
): readonly BlockShare<Holder>[] {
  if (samples.length === 0) {
    return [{ holder: undefined, blockedMs, precise: false, stack: undefined, isKnown: false }];
  }
  const shares = new Map<string, BlockShare<Holder>>();
  let doneMs = 0;
  for (const [index, { atMs, taskId, holder, precise, stack }] of samples.entries()) {
    const untilMs = index === samples.length - 1 ? blockedMs : Math.min(atMs, blockedMs);
    const ms = Math.max(untilMs - doneMs, 0);
    doneMs += ms;
    // Code outside tasks that ran when native code was over says nothing of who called that.
    const isKnown = holder !== undefined || precise;
    const key = `${holder === undefined ? 0 : taskId} ${isKnown}`;
    const share = shares.get(key) ?? { holder, blockedMs: 0, precise, stack, isKnown };
    shares.set(key, { ...share, blockedMs: share.blockedMs + ms });
  }
  return [...shares.values()];
}
