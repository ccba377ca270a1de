import { basename } from "node:path";
import type { Command, Option } from "commander";
import { readAnnouncements } from "../../discovery/index.ts";

/** What can stand where somebody is typing. */
export interface Suggestion {
  readonly value: string;
  readonly description: string;
}

/** What can stand there: some words, or files, which the shell knows best. */
export type Suggestions = readonly Suggestion[] | "files";

/** Arguments and options that take the name of a file. */
const takesFile = new Set(["script", "output", "dir"]);

/** What fits the last of `words`, which may be empty; those before it stand already. The name of the program is left out. */
export function suggest(program: Command, words: readonly string[]): Suggestions {
  const typed = words.at(-1) ?? "";
  const all = suggestAll(program, words.slice(0, -1), typed);
  return all === "files" ? all : all.filter(({ value }) => value.startsWith(typed));
}

function suggestAll(program: Command, before: readonly string[], typed: string): Suggestions {
  const [name, ...rest] = before;
  if (name === undefined) return typed.startsWith("-") ? optionsOf(program) : commandsOf(program);
  if (name === "help") return rest.length === 0 ? commandsOf(program) : [];
  const command = program.commands.find((each) => each.name() === name);
  if (command === undefined) return [];
  const last = rest.at(-1);
  const option = last === undefined ? undefined : takingValue(command, last);
  if (option !== undefined) return valuesOf(option.attributeName(), option.argChoices);
  if (typed.startsWith("-")) return optionsOf(command);
  const at = rest.filter((word, index) => {
    return !word.startsWith("-") && takingValue(command, rest[index - 1] ?? "") === undefined;
  }).length;
  const { registeredArguments: positions } = command;
  const position = positions[at] ?? (positions.at(-1)?.variadic === true ? positions.at(-1) : undefined);
  return position === undefined ? [] : valuesOf(position.name(), position.argChoices);
}

function commandsOf(program: Command): readonly Suggestion[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => ({ value: command.name(), description: firstSentence(command.description()) }));
}

function optionsOf(command: Command): readonly Suggestion[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description }) => (typeof long === "string" ? [{ value: long, description }] : []));
}

/** The option that a word is, if the next word is its value. */
function takingValue(command: Command, word: string): Option | undefined {
  return command.options.find(({ long, short, required }) => required && (word === long || word === short));
}

function valuesOf(name: string, choices: readonly string[] | undefined): Suggestions {
  if (choices !== undefined) return choices.map((value) => ({ value, description: "" }));
  if (takesFile.has(name)) return "files";
  if (name !== "url" && name !== "pid") return [];
  // Those that have gone are removed when one of them is asked: a TAB is not to wait for that.
  return readAnnouncements().map(({ url, pid, script }) => ({
    value: name === "url" ? url : String(pid),
    description: basename(script),
  }));
}

const firstSentence = (text: string): string => text.split(/(?<=[.])\s/, 1)[0] ?? "";
