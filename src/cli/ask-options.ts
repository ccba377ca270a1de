import type { InitOptions } from "./init-options.ts";
import { shippedRunbooks } from "../alerts/index.ts";
import type { Terminal } from "./terminal.ts";

/** Asks for what most users change; the empty answer takes what ships. */
export async function askOptions(terminal: Terminal): Promise<InitOptions> {
  const ask = async (question: string, fallback: string): Promise<string | undefined> => {
    const answer = await terminal.ask(question, fallback);
    return answer === fallback ? undefined : answer;
  };
  const prefix = await ask("Prefix of the metric names", "taskscope");
  const job = await ask("Prometheus job, several with spaces between", "any");
  const slo = await ask("Percentage of tasks that must succeed", "99");
  const runbookUrl = await ask("URL of your runbooks", shippedRunbooks);
  const webhookUrl = await ask("Webhook that Alertmanager calls", "none yet");
  const kubernetes = await confirm(terminal, "Files for Kubernetes?");
  const compose = await confirm(terminal, "A compose file?");
  return {
    prefix,
    job: job?.split(/\s+/),
    slo: slo === undefined ? undefined : Number(slo),
    runbookUrl,
    webhookUrl,
    kubernetes: kubernetes ? true : undefined,
    compose: compose ? true : undefined,
  };
}

/** Whether the answer is yes; anything else, and no answer, is no. */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  return /^y(?:es)?$/i.test(await terminal.ask(`${question} y/N`, "no"));
}
