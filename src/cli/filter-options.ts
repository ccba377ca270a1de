import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { taskStates } from "../task/index.ts";
import { readDuration } from "./output/duration.ts";

/** Which tasks, as the command line says it. */
export interface FilterFlags {
  readonly state?: string | undefined;
  readonly type?: string | undefined;
  readonly name?: string | undefined;
  readonly key?: string | undefined;
  readonly parent?: number | undefined;
  /** Milliseconds. */
  readonly olderThan?: number | undefined;
}

/** The options that choose tasks. */
export function withFilterOptions(command: Command, states: readonly string[]): Command {
  return command
    .addOption(new Option("--state <state>", "only tasks in this state").choices(states))
    .option("--type <type>", "only tasks of this type")
    .option("--name <name>", "only tasks of this name")
    .option("--key <key>", "only tasks of this key")
    .option("--parent <id>", "only tasks that were started inside this one", readId)
    .option(
      "--older-than <time>",
      "only tasks spawned longer ago than this: 500ms, 30s, 5m, 2h, 1d",
      readDuration,
    );
}

/** The filter as the API takes it. */
export function filterOf({ state, type, name, key, parent, olderThan }: FilterFlags): {
  readonly [Field in string]: string | number | undefined;
} {
  return { state, type, name, key, parentId: parent, olderThanMs: olderThan };
}

/** A task's id. */
export function readId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It takes the id of a task, as ps shows it.");
}

/** A number of things; `least` is the smallest that makes sense. */
export function countFrom(least: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`It takes a whole number from ${least} on.`);
  };
}

/** Every state there is, for the commands that look at tasks that have ended too. */
export const allStates: readonly string[] = taskStates;
