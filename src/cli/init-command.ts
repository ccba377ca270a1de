import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { alertThresholds } from "../alerts/index.ts";
import { exitCodes } from "./exit-codes.ts";
import { runInit } from "./init.ts";
import { initOptionNames } from "./init-options.ts";
import type { InitOptions } from "./init-options.ts";
import type { Terminal } from "./terminal.ts";

interface Flags extends InitOptions {
  readonly dir: string;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly force?: true;
  readonly json?: true;
}

/** The command line of `taskscope init`. */
export function initCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return new Command("init")
    .description(
      "Write alert rules, their unit tests, dashboards and an Alertmanager configuration that fit you into your repository. " +
        "Run again, it shows what would change before it overwrites.",
    )
    .option("--dir <folder>", "where to write", "observability")
    .option("--prefix <name>", "what your metric names begin with (default: taskscope)")
    .option("--job <name>", "a Prometheus job that must have targets; repeatable", append)
    .option("--slo <percent>", "tasks that must succeed (default: 99)", toNumber)
    .option("--threshold <name=value>", "another number for an alert; repeatable", addThreshold)
    .option(
      "--runbook-url <url>",
      "where your runbooks are, one <alert>.md each (default: those of taskscope)",
    )
    .option("--dashboard-url <url>", "where Grafana's dashboards are (default: /d)")
    .option("--webhook-url <url>", "what Alertmanager calls (default: nothing yet)")
    .option("--kubernetes", "write a PrometheusRule and a ConfigMap for each dashboard too")
    .option(
      "--kubernetes-label <key=value>",
      "a label for those, as in release=prometheus; repeatable",
      addLabel,
    )
    .option("--compose", "write a compose stack of Prometheus, Alertmanager and Grafana too")
    .option("--target <[job=]host:port>", "what its Prometheus scrapes; repeatable", append)
    .option("-y, --yes", "overwrite what init wrote without asking")
    .option("--force", "overwrite what others wrote or changed too, without asking")
    .option("--dry-run", "show what would change, and write nothing")
    .option("--json", "print the outcome as JSON; ask nothing")
    .addHelpText(
      "after",
      `\nThresholds: ${Object.keys(alertThresholds).join(", ")}.` +
        "\nExit codes: 0 done or nothing to do, 1 not done, 2 not understood." +
        "\nA run without any fitting option takes those of the last run in that folder.",
    )
    .action(async (flags: Flags) => {
      const { dir, yes, dryRun, force, json } = flags;
      const options = Object.fromEntries(initOptionNames.map((name) => [name, flags[name]])) as InitOptions;
      const done = await runInit(terminal, {
        folder: resolve(dir),
        options,
        yes: yes === true,
        dryRun: dryRun === true,
        force: force === true,
        json: json === true,
      });
      finish(done ? exitCodes.ok : exitCodes.failed);
    });
}

function append(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

function toNumber(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It takes a number.");
}

function splitPair(text: string, takes: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError(`It takes ${takes}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function addThreshold(text: string, previous: InitOptions["threshold"]): InitOptions["threshold"] {
  const [name, value] = splitPair(text, "a name and a number, as in failureRatio=0.02");
  if (!Object.hasOwn(alertThresholds, name))
    throw new InvalidArgumentError(`There is no such threshold; taskscope init --help lists them.`);
  return { ...previous, [name]: toNumber(value) };
}

function addLabel(text: string, previous: InitOptions["kubernetesLabel"]): InitOptions["kubernetesLabel"] {
  const [key, value] = splitPair(text, "a label, as in release=prometheus");
  return { ...previous, [key]: value };
}
