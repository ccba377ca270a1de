/** What is broken on purpose. Zero: nothing. */
export interface FaultSettings {
  /** The share of tasks that are given something that cannot work: a missing file, half a manifest, half an archive. */
  readonly failures: number;
  /** Background tasks a second that wait for a lock which nobody will release. */
  readonly leak: number;
}

export const noFaults: FaultSettings = { failures: 0, leak: 0 };

const highest: Readonly<Record<keyof FaultSettings, number>> = { failures: 1, leak: 10_000 };

function isFault(name: string): name is keyof FaultSettings {
  return Object.hasOwn(highest, name);
}

/** Reads `name=value`. Gives the one setting, or what is wrong with the text. */
export function parseFault(text: string): Partial<FaultSettings> | string {
  const separator = text.indexOf("=");
  const name = separator < 0 ? text : text.slice(0, separator);
  if (!isFault(name)) return "The faults are failures=<share> and leak=<tasks a second>.";
  const valueText = separator < 0 ? "" : text.slice(separator + 1);
  const value = valueText.trim() === "" ? Number.NaN : Number(valueText);
  const most = highest[name];
  return value >= 0 && value <= most ? { [name]: value } : `${name} takes a number from 0 to ${most}.`;
}

/** Decides which tasks fail: exactly the given share of each name, evenly spread. */
export class Failures {
  readonly #share: number;
  readonly #owed = new Map<string, number>();

  constructor(share: number) {
    this.#share = share;
  }

  /** Whether the next task of this name is to fail. */
  strikes(taskName: string): boolean {
    if (this.#share === 0) return false;
    const owed = (this.#owed.get(taskName) ?? 0) + this.#share;
    const strikes = owed >= 1;
    this.#owed.set(taskName, strikes ? owed - 1 : owed);
    return strikes;
  }
}
