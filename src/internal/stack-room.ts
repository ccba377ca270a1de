/** Several times what ending a task takes. */
const FEW_FRAMES = 256;
/** A good part of the stack: what has never run before is compiled on the way, which takes much more than running it. */
const MANY_FRAMES = 2_048;

/**
 * Throws the `RangeError` of a stack overflow here, where nothing is half done, rather than some calls further on. For
 * what must not be interrupted and may run where user code has used up the stack. `"few"` costs under a microsecond;
 * `"many"` is for what calls into Node, where an overflow may end the process, and happens seldom.
 */
export function needStack(room: "few" | "many"): void {
  descend(room === "few" ? FEW_FRAMES : MANY_FRAMES);
}

/** Adds after the call, so that no frame can give way to the next. */
function descend(frames: number): number {
  return frames === 0 ? 0 : descend(frames - 1) + 1;
}
