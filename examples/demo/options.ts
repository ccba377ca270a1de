import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { faultList, noFaults, parseFault } from "./faults/fault-settings.ts";
import type { FaultSettings } from "./faults/fault-settings.ts";

/** What the command line asks for. */
export interface DemoOptions {
  readonly host: string;
  /** 0: a free port. */
  readonly port: number;
  /** Where OpenTelemetry's own /metrics route is served, if anywhere. 0: a free port. */
  readonly otelPort: number | undefined;
  /** How long to run; `undefined` until a signal comes. */
  readonly seconds: number | undefined;
  /** The base address of the OTLP/HTTP receiver that gets the spans. */
  readonly tracesUrl: string | undefined;
  /** How many requests the client has under way at most. */
  readonly concurrency: number;
  /** How many requests the client starts in a second at most; 0: as many as `concurrency` lets through. */
  readonly ratePerSecond: number;
  /** The node_modules folder to walk. */
  readonly packagesDirectory: string;
  readonly faults: FaultSettings;
  /** Whether faults come on the standard input too, a line each. The demo ends with that input. */
  readonly faultsOnStdin: boolean;
  /** Whether standard output is the outcome as JSON, and nothing else. */
  readonly json: boolean;
}

const EXIT_USAGE = 2;

/** The packages that taskscope stands among; in its own repository, those that it uses. */
function projectPackages(): string {
  const home = dirname(createRequire(import.meta.url).resolve("taskscope/package.json"));
  const around = dirname(home);
  return basename(around) === "node_modules" ? around : join(home, "node_modules");
}

function numberBetween(low: number, high: number, whole: boolean): (text: string) => number {
  const takes = `It takes a ${whole ? "whole number" : "number"} from ${low} to ${high}.`;
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!(value >= low && value <= high) || (whole && !Number.isInteger(value)))
      throw new InvalidArgumentError(takes);
    return value;
  };
}

/** The base address of an OTLP receiver. Who gives the address for traces means the same. */
function otlpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new InvalidArgumentError("It takes an http or https URL, such as http://127.0.0.1:4318.");
  }
  return text.replace(/\/v1\/traces\/?$/, "");
}

function addFault(text: string, settings: FaultSettings): FaultSettings {
  const parsed = parseFault(text);
  if (typeof parsed === "string") throw new InvalidArgumentError(parsed);
  return { ...settings, ...parsed };
}

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly otelPort?: number;
  readonly seconds?: number;
  readonly traces?: string;
  readonly concurrency: number;
  readonly rate: number;
  readonly packages: string;
  readonly fault: FaultSettings;
  readonly faultsOnStdin: boolean;
  readonly json: boolean;
}

/** Reads the command line. An option that is unknown or out of range ends the process: one line, exit code 2. */
export function readOptions(argv: readonly string[]): DemoOptions {
  const port = numberBetween(0, 65_535, true);
  const isSource = import.meta.url.endsWith(".ts");
  const flags = new Command(isSource ? "demo" : "taskscope demo")
    .description("A small real service whose every task taskscope tracks. Runs until Ctrl-C.")
    .usage(isSource ? "-- [options]" : "[options]")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <number>", "port of the service and of /metrics; 0: a free one", port, 8080)
    .option("--otel-port <number>", "serve OpenTelemetry's /metrics too, on this port; 0: a free one", port)
    .option("--seconds <number>", "stop after so long", numberBetween(0.1, 1_000_000, false))
    .option("--traces <url>", "send OTLP over HTTP there, as in http://127.0.0.1:4318", otlpUrl)
    .option("--concurrency <number>", "requests under way at most", numberBetween(1, 256, true), 8)
    .option(
      "--rate <number>",
      "requests a second at most; 0: no such bound",
      numberBetween(0, 100_000, false),
      40,
    )
    .option("--packages <folder>", "the node_modules to walk (default: this project's)", (folder) =>
      resolve(folder),
    )
    .addOption(
      new Option(
        "--fault <name=value>",
        `break something, repeatable: failures=0.2, leak=50 and so on (${faultList})`,
      )
        .argParser(addFault)
        .default(noFaults, "none"),
    )
    .option(
      "--faults-on-stdin",
      "take such faults from standard input too, a line each, until it ends",
      false,
    )
    .option("--json", "print at the end what ran as JSON; all else goes to standard error", false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_USAGE))
    .parse(argv)
    .opts<Partial<Flags> & Omit<Flags, "packages">>();
  return {
    host: flags.host,
    port: flags.port,
    otelPort: flags.otelPort,
    seconds: flags.seconds,
    tracesUrl: flags.traces,
    concurrency: flags.concurrency,
    ratePerSecond: flags.rate,
    packagesDirectory: flags.packages ?? projectPackages(),
    faults: flags.fault,
    faultsOnStdin: flags.faultsOnStdin,
    json: flags.json,
  };
}
