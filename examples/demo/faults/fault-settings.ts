/** What is broken on purpose. Zero: nothing. */
export interface FaultSettings {
  /** The share of tasks that are given something that cannot work: a missing file, half a manifest, half an archive. */
  readonly failures: number;
  /** Background tasks a second that wait for a lock which nobody releases. */
  readonly leak: number;
  /** Tasks a second that look for a file, each started without waiting for the one before. */
  readonly spawns: number;
  /** Requests to a server that never answers, of which an answer within half a second is expected. */
  readonly stuck: number;
  /** Requests to a server that never answers, with a timeout that their code does not heed. */
  readonly hung: number;
  /** Downloads that never end, four of which may run at once. */
  readonly full: number;
  /** Downloads a second that queue up behind four that never end. */
  readonly queued: number;
  /** Downloads a second that are refused, for four never end and nobody may wait. */
  readonly refused: number;
  /** Tasks a second that wait for an answer of somebody who is gone. */
  readonly lost: number;
  /** Feeds that come back five times a second, for the server cuts each connection. */
  readonly restarts: number;
  /** Milliseconds of each second in which files are read and compressed without a pause. */
  readonly block: number;
  /** An audit log that writes each event to the disk before it takes the next, with room for so many that wait. */
  readonly audit: number;
}

export type FaultName = keyof FaultSettings;

interface Fault {
  readonly most: number;
  readonly whole: boolean;
  /** What stands behind the name in help: a share, tasks, and so on. */
  readonly unit: string;
}

const count: Omit<Fault, "unit"> = { most: 10_000, whole: true };
const rate: Fault = { most: 10_000, whole: false, unit: "tasks a second" };

const faults: Readonly<Record<FaultName, Fault>> = {
  failures: { most: 1, whole: false, unit: "share" },
  leak: rate,
  spawns: rate,
  stuck: { ...count, unit: "requests" },
  hung: { ...count, unit: "requests" },
  full: { ...count, unit: "downloads" },
  queued: { ...rate, unit: "downloads a second" },
  refused: { ...rate, unit: "downloads a second" },
  lost: rate,
  restarts: { ...count, unit: "feeds" },
  block: { most: 10_000, whole: false, unit: "ms of each second" },
  audit: { ...count, unit: "events that may wait" },
};

export const faultNames: readonly FaultName[] = Object.keys(faults) as FaultName[];

/** `failures=<share>, leak=<tasks a second>, …` */
export const faultList: string = faultNames.map((name) => `${name}=<${faults[name].unit}>`).join(", ");

export const noFaults: FaultSettings = {
  failures: 0,
  leak: 0,
  spawns: 0,
  stuck: 0,
  hung: 0,
  full: 0,
  queued: 0,
  refused: 0,
  lost: 0,
  restarts: 0,
  block: 0,
  audit: 0,
};

/** Reads `name=value`. Gives the one setting, or what is wrong with the text. */
export function parseFault(text: string): Partial<FaultSettings> | string {
  const [name = "", valueText = ""] = text.split(/=(.*)/s);
  if (!Object.hasOwn(faults, name)) return `The faults are ${faultList}.`;
  const { most, whole } = faults[name as FaultName];
  const value = valueText.trim() === "" ? Number.NaN : Number(valueText);
  if (value >= 0 && value <= most && (!whole || Number.isInteger(value))) return { [name]: value };
  return `${name} takes a ${whole ? "whole number" : "number"} from 0 to ${most}.`;
}
