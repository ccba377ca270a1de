import { alertThresholds } from "../alerts/index.ts";
import type { FitOptions, ThresholdName } from "../alerts/index.ts";
import { InvalidOptionError } from "../errors/index.ts";

/** What the files are fitted to. Plain JSON: it is kept in the manifest, so that a later run can begin from it. */
export interface InitOptions {
  readonly prefix?: string | undefined;
  readonly job?: readonly string[] | undefined;
  /** The percentage of tasks that must succeed. */
  readonly slo?: number | undefined;
  readonly threshold?: Readonly<Partial<Record<ThresholdName, number>>> | undefined;
  readonly runbookUrl?: string | undefined;
  readonly dashboardUrl?: string | undefined;
  readonly webhookUrl?: string | undefined;
  readonly kubernetes?: boolean | undefined;
  readonly kubernetesLabel?: Readonly<Record<string, string>> | undefined;
  readonly compose?: boolean | undefined;
  readonly target?: readonly string[] | undefined;
}

/** Every option that fits something, in the order in which it is kept. */
export const initOptionNames: readonly (keyof InitOptions)[] = [
  "prefix",
  "job",
  "slo",
  "threshold",
  "runbookUrl",
  "dashboardUrl",
  "webhookUrl",
  "kubernetes",
  "kubernetesLabel",
  "compose",
  "target",
];

const flags: Readonly<Record<string, string>> = {
  prefix: "--prefix",
  jobs: "--job",
  runbooksUrl: "--runbook-url",
  dashboardsUrl: "--dashboard-url",
};

/** The flag by which somebody on the command line gave an option that the rules complain about. */
export function flagOf(option: string): string {
  return flags[option] ?? option.replace(/^thresholds[.]?/, "--threshold ");
}

/** The options as the rules take them. Throws an `InvalidOptionError` for those that only the command knows. */
export function toFitOptions(options: InitOptions): FitOptions {
  checkOwn(options);
  const { prefix, job, slo, threshold, runbookUrl, dashboardUrl } = options;
  // Rounded: 100 - 99.9 is 0.0999…
  const errorBudget = slo === undefined ? undefined : Number((1 - slo / 100).toFixed(10));
  return {
    prefix,
    jobs: job,
    thresholds: { ...threshold, ...(errorBudget === undefined ? {} : { errorBudget }) },
    runbooksUrl: runbookUrl,
    dashboardsUrl: dashboardUrl,
  };
}

/** Where Prometheus finds each job: `--target job=host:port`, or `host:port` for the first or only one. */
export function targetsByJob({ job, target = [] }: InitOptions): ReadonlyMap<string, readonly string[]> {
  const jobs = job ?? ["app"];
  const targets = new Map<string, readonly string[]>();
  for (const text of target) {
    const at = text.lastIndexOf("=");
    const [name, address] = at === -1 ? [jobs[0] ?? "", text] : [text.slice(0, at), text.slice(at + 1)];
    if (!targetPattern.test(address) || !jobs.includes(name))
      throw new InvalidOptionError(
        "--target",
        text,
        "a host and a port, as in app:9464, or job=host:port for a --job",
      );
    targets.set(name, [...(targets.get(name) ?? []), address]);
  }
  if (jobs.length === 1 && targets.size === 0) targets.set(jobs[0] ?? "", ["host.docker.internal:9464"]);
  const lacking = jobs.find((name) => !targets.has(name));
  if (lacking !== undefined)
    throw new InvalidOptionError(
      "--target",
      target.join(" "),
      `job=host:port for each --job, also ${lacking}`,
    );
  return targets;
}

/** The thresholds that are not those that ship. */
export function changedThresholds(options: InitOptions): ReadonlyMap<ThresholdName, number> {
  const given = Object.entries(toFitOptions(options).thresholds ?? {}) as [ThresholdName, number][];
  return new Map(given.filter(([name, value]) => alertThresholds[name].value !== value));
}

const webhookPattern = /^https?:\/\/(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?(?:\/[\w./:@%~+=&?-]*)?$/i;
const targetPattern = /^(?:[\w.-]+|\[[\da-f:]+\]):\d{1,5}$/i;
const labelKeyPattern = /^(?:[a-z\d][a-z\d.-]{0,251}[a-z\d]\/)?[A-Za-z\d](?:[\w.-]{0,61}[A-Za-z\d])?$/;
const labelValuePattern = /^(?:[A-Za-z\d](?:[\w.-]{0,61}[A-Za-z\d])?)?$/;

function checkOwn({
  slo,
  threshold,
  webhookUrl,
  kubernetes,
  kubernetesLabel,
  compose,
  target,
}: InitOptions): void {
  if (slo !== undefined && !(typeof slo === "number" && slo > 0 && slo < 100))
    throw new InvalidOptionError("--slo", slo, "a percentage between 0 and 100, such as 99.9");
  if (slo !== undefined && threshold?.errorBudget !== undefined)
    throw new InvalidOptionError("--slo", slo, "no value beside --threshold errorBudget: they are the same");
  if (webhookUrl !== undefined && !webhookPattern.test(webhookUrl))
    throw new InvalidOptionError("--webhook-url", webhookUrl, "an http or https URL");
  for (const [key, value] of Object.entries(kubernetesLabel ?? {})) {
    if (!labelKeyPattern.test(key) || !labelValuePattern.test(value))
      throw new InvalidOptionError(
        "--kubernetes-label",
        `${key}=${value}`,
        "a label, as in release=prometheus",
      );
  }
  if (compose !== true && target !== undefined)
    throw new InvalidOptionError(
      "--target",
      target.join(" "),
      "an address for --compose, which is not asked for",
    );
  if (kubernetesLabel !== undefined && kubernetes !== true)
    throw new InvalidOptionError(
      "--kubernetes-label",
      "…",
      "a label for --kubernetes, which is not asked for",
    );
}
