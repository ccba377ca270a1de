import { defaultLongLivedTypes } from "../alerts/index.ts";
import { checkDurationMs, InvalidOptionError, readOptions } from "../errors/index.ts";
import type { AlertChange } from "./alert-book.ts";
import type { DeliveryTarget } from "./delivery.ts";
import { readThresholds } from "./thresholds.ts";
import type { HealthThresholds } from "./thresholds.ts";

/** What `healthRules` takes. */
export interface HealthOptions {
  /** How often to look, in milliseconds. Default 15,000. */
  readonly everyMs?: number | undefined;
  /** Other numbers than those of `alerts/taskscope.rules.yml`. */
  readonly thresholds?: Partial<HealthThresholds> | undefined;
  /** Types whose tasks are meant to run for hours: they need not settle. Default: those of the alert rules. */
  readonly longLivedTypes?: readonly string[] | undefined;
  /** Called with each alert that begins or ceases to fire. What it throws is reported. */
  readonly onChange?: ((change: AlertChange) => void) | undefined;
  /** Told of each alert that begins or ceases to fire, in the shape of Alertmanager's webhook. */
  readonly webhook?: AlertReceiver | undefined;
  /** An Alertmanager: `http://alertmanager:9093`. Told of what fires once a minute, and of changes at once. */
  readonly alertmanager?: AlertReceiver | undefined;
  /** Labels of every alert that is sent: `{ job: "shop", instance: hostname() }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Where the runbooks are. Default: those of the project. */
  readonly runbooksUrl?: string | undefined;
}

/** Where alerts are sent. */
export interface AlertReceiver {
  readonly url: string;
  /** Sent along: `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** {@link HealthOptions}, checked. */
export interface ResolvedHealthOptions {
  readonly everyMs: number;
  readonly thresholds: HealthThresholds;
  readonly longLivedTypes: ReadonlySet<string>;
  readonly onChange: HealthOptions["onChange"];
  readonly webhook: DeliveryTarget | undefined;
  readonly alertmanager: DeliveryTarget | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly runbooksUrl: string;
}

const allowed: ReadonlySet<string> = new Set([
  "everyMs",
  "thresholds",
  "longLivedTypes",
  "onChange",
  "webhook",
  "alertmanager",
  "labels",
  "runbooksUrl",
] satisfies (keyof HealthOptions)[]);

const RUNBOOKS = "https://github.com/taskscope/taskscope/blob/main/alerts/runbooks";
/** A rule of a few minutes needs a few looks. */
const MAX_EVERY_MS = 60_000;

/** Checks the options of `healthRules`. Throws an `InvalidOptionError` that names the bad one. */
export function readHealthOptions(given: unknown): ResolvedHealthOptions {
  const bag = readOptions("healthRules", given, allowed);
  const everyMs =
    bag["everyMs"] === undefined ? 15_000 : checkDurationMs("healthRules.everyMs", bag["everyMs"]);
  if (everyMs > MAX_EVERY_MS || everyMs < 1_000)
    throw new InvalidOptionError("healthRules.everyMs", everyMs, `milliseconds from 1000 to ${MAX_EVERY_MS}`);
  const onChange = bag["onChange"];
  if (onChange !== undefined && typeof onChange !== "function")
    throw new InvalidOptionError("healthRules.onChange", onChange, "a function of a change");
  const alertmanager = readReceiver("healthRules.alertmanager", bag["alertmanager"]);
  return {
    everyMs,
    thresholds: readThresholds(bag["thresholds"]),
    longLivedTypes: new Set(readTypes(bag["longLivedTypes"])),
    onChange: onChange as HealthOptions["onChange"],
    webhook: readReceiver("healthRules.webhook", bag["webhook"]),
    alertmanager: alertmanager && {
      ...alertmanager,
      url: `${alertmanager.url.replace(/\/+$/, "")}/api/v2/alerts`,
    },
    labels:
      bag["labels"] === undefined ? {} : readTexts("healthRules.labels", bag["labels"], /^[a-zA-Z_]\w*$/),
    runbooksUrl:
      bag["runbooksUrl"] === undefined ? RUNBOOKS : readUrl("healthRules.runbooksUrl", bag["runbooksUrl"]),
  };
}

function readTypes(given: unknown): readonly string[] {
  if (given === undefined) return defaultLongLivedTypes.split("|");
  if (Array.isArray(given) && given.every((type) => typeof type === "string")) return given as string[];
  throw new InvalidOptionError("healthRules.longLivedTypes", given, "a list of task types");
}

function readReceiver(option: string, given: unknown): DeliveryTarget | undefined {
  if (given === undefined) return undefined;
  const bag = readOptions(option, given, new Set(["url", "headers"]));
  return {
    url: readUrl(`${option}.url`, bag["url"]),
    headers: bag["headers"] === undefined ? {} : readTexts(`${option}.headers`, bag["headers"], /^[\w-]+$/),
  };
}

function readUrl(option: string, given: unknown): string {
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return String(given);
  // Never the text itself: it may hold a secret, and an error ends up in logs.
  throw new InvalidOptionError(option, typeof given, "an absolute URL of http or https");
}

function readTexts(option: string, given: unknown, names: RegExp): Readonly<Record<string, string>> {
  const isOne =
    typeof given === "object" &&
    given !== null &&
    !Array.isArray(given) &&
    Object.entries(given).every(([name, value]) => names.test(name) && typeof value === "string");
  if (isOne) return { ...(given as Record<string, string>) };
  throw new InvalidOptionError(option, typeof given, "an object of strings");
}
