import { Command } from "commander";
import type { AlertView } from "../exporters/http/index.ts";
import { CommandError } from "./command-error.ts";
import type { CommandParts } from "./command-parts.ts";
import { healthExitCodes } from "./exit-codes.ts";
import { safeLine } from "./output/safe-text.ts";
import type { Tone } from "./output/style.ts";
import type { ApiClient } from "./remote/api-client.ts";
import { openApi, withApiOptions } from "./remote/api-options.ts";
import type { ApiFlags } from "./remote/api-options.ts";

type Verdict = keyof typeof healthExitCodes;

/** How a process is, as a check for a monitor says it. */
interface Check {
  readonly verdict: Verdict;
  readonly message: string;
  readonly alerts: readonly AlertView[];
}

const tones: Readonly<Record<Verdict, Tone>> = {
  ok: "good",
  warning: "warn",
  critical: "bad",
  unknown: "warn",
};

/** The command line of `taskscope health`, a check as Nagios and its kin take it. */
export function healthCommand({ terminal, finish }: CommandParts): Command {
  return withApiOptions(new Command("health"))
    .description("Say whether a process is well, by the rules it watches, for people and for monitors.")
    .option("--json", "print { url, verdict, message, alerts }")
    .addHelpText(
      "after",
      "\nExit codes: 0 ok, 1 warning, 2 critical, 3 unknown: nobody answered, or nothing is watched.",
    )
    .action(async (url: string | undefined, flags: ApiFlags) => {
      let api: ApiClient | undefined;
      let check: Check;
      try {
        api = await openApi(url, flags);
        check = await checkOf(api);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        check = { verdict: "unknown", message: error.message, alerts: [] };
      }
      finish(healthExitCodes[check.verdict]);
      if (flags.json) return terminal.sayJson({ url: api?.url ?? null, ...check });
      const { verdict, message, alerts } = check;
      const [first = "", ...rest] = message.split("\n");
      terminal.show(`${terminal.paint(tones[verdict], verdict.toUpperCase())} - ${safeLine(first)}`);
      for (const line of rest) terminal.say(line);
      for (const { name, severity, description, runbookUrl } of alerts.filter(
        ({ state }) => state === "firing",
      ))
        terminal.say(`${severity}: ${safeLine(name)}: ${safeLine(description)} (${safeLine(runbookUrl)})`);
    });
}

async function checkOf(api: ApiClient): Promise<Check> {
  const { status, rules } = await api.health();
  // Without permission there is the status and nothing else.
  const { alerts } = rules === undefined || rules === 0 ? { alerts: [] } : await api.alerts();
  const firing = alerts.filter(({ state }) => state === "firing");
  const verdict: Verdict =
    rules === 0 ? "unknown" : status === "failing" ? "critical" : status === "degraded" ? "warning" : "ok";
  const message =
    rules === undefined
      ? `the process is ${status}; a token is needed to see more`
      : rules === 0
        ? "the process answers, but watches no rules: httpApi({ health: healthRules() }) does"
        : firing.length === 0
          ? `${rules} rules are watched, ${alerts.length === 0 ? "none holds" : `none fires, ${alerts.length} pending`}`
          : `${firing.length} of ${rules} rules fire: ${[...new Set(firing.map(({ name }) => name))].join(", ")}`;
  return { verdict, message, alerts };
}
