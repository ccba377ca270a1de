/** Why a drill, or all of them, cannot go on, for the person at the terminal: one line. */
export class DrillError extends Error {
  override readonly name = "DrillError";
}
