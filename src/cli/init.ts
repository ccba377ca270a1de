import { join } from "node:path";
import { askOptions, confirm } from "./ask-options.ts";
import { applyChanges, compareFiles, diffOf, writeFile } from "./file-change.ts";
import type { FileChange } from "./file-change.ts";
import { manifestName, manifestText, readManifest } from "./init-manifest.ts";
import type { InitManifest } from "./init-manifest.ts";
import { initOptionNames } from "./init-options.ts";
import type { InitOptions } from "./init-options.ts";
import { planFiles } from "./planned-files.ts";
import type { Plan } from "./planned-files.ts";
import type { Terminal } from "./terminal.ts";

/** One run of `taskscope init`. */
export interface InitRun {
  readonly folder: string;
  readonly options: InitOptions;
  readonly yes: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Writes the files, all or none of them. Gives whether the folder is now, or in a dry run would be, as asked for. */
export async function runInit(terminal: Terminal, run: InitRun): Promise<boolean> {
  const { folder } = run;
  const asks = terminal.interactive && !run.json;
  const manifest = readManifest(folder);
  const options = await chooseOptions(terminal, run, manifest, asks);
  const plan = planFiles(options);
  const changes = compareFiles(folder, plan.files, manifest);
  const foreign = run.force ? [] : changes.filter(({ isForeign }) => isForeign);

  const mayWrite = foreign.length === 0 && !run.dryRun && (await isAllowed(terminal, run, changes, asks));
  if (mayWrite) {
    applyChanges(folder, changes);
    const text = manifestText(options, plan.files);
    const [kept] = compareFiles(folder, new Map([[manifestName, text]]), undefined);
    if (kept?.kind !== "unchanged") writeFile(folder, manifestName, text);
  }
  if (run.json) terminal.say(JSON.stringify(jsonReport(run, options, plan, changes, mayWrite), undefined, 2));
  else report(terminal, run, plan, changes, mayWrite);
  for (const { path } of foreign)
    terminal.complain(
      `error: ${join(folder, path)} was not written by init, or changed since: --force overwrites it`,
    );
  return mayWrite || (run.dryRun && foreign.length === 0);
}

/** Those of the command line; without any, those of the last run; without that, the answers of who sits there. */
async function chooseOptions(
  terminal: Terminal,
  run: InitRun,
  manifest: InitManifest | undefined,
  asks: boolean,
): Promise<InitOptions> {
  if (initOptionNames.some((name) => run.options[name] !== undefined)) return run.options;
  if (manifest !== undefined) return manifest.options;
  return asks && !run.yes ? askOptions(terminal) : run.options;
}

/** New files need no leave. For what is overwritten or removed somebody has to say yes, after seeing it. */
async function isAllowed(
  terminal: Terminal,
  run: InitRun,
  changes: readonly FileChange[],
  asks: boolean,
): Promise<boolean> {
  const losing = changes.filter(({ before, kind }) => before !== undefined && kind !== "unchanged");
  if (losing.length === 0) return true;
  if (!run.json) for (const change of losing) terminal.say(diffOf(change));
  if (run.yes || run.force) return true;
  return asks && confirm(terminal, `Overwrite ${counted(losing.length, "file")} as shown?`);
}

function report(
  terminal: Terminal,
  run: InitRun,
  { untested, files }: Plan,
  changes: readonly FileChange[],
  wasWritten: boolean,
): void {
  const real = changes.filter(({ kind }) => kind !== "unchanged");
  // After a refusal or in a dry run nothing has been shown yet.
  if (!wasWritten && (run.dryRun || real.some(({ isForeign }) => isForeign)))
    for (const change of real.filter(({ kind }) => kind !== "created")) terminal.say(diffOf(change));
  for (const { kind, path } of real) terminal.say(`${wasWritten ? kind : `${kind} (not yet)`}: ${path}`);
  if (real.length === 0)
    terminal.say(`nothing to change: ${counted(files.size, "file")} of ${run.folder} fit already`);
  else if (run.dryRun) terminal.say("dry run: nothing was written");
  else if (!wasWritten) terminal.say("nothing was written; --yes overwrites what init wrote before");
  if (untested.length > 0)
    terminal.say(`without unit tests, which were written for other thresholds: ${untested.join(", ")}`);
}

function jsonReport(
  { folder }: InitRun,
  options: InitOptions,
  { untested }: Plan,
  changes: readonly FileChange[],
  written: boolean,
): object {
  const files = changes.map((change) => ({
    path: change.path,
    change: change.kind,
    ...(change.isForeign ? { foreign: true } : {}),
    ...(change.kind === "updated" || change.kind === "removed" ? { diff: diffOf(change) } : {}),
  }));
  return { folder, options, written, untested, files };
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
