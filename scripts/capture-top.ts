/**
 * Captures the screens of docs/top.md: a real terminal with `taskscope top` in it, which looks at the demo while that has two
 * faults. Puts each between the marks of its name.
 *
 *   npm run docs:top
 *
 * Needs tmux on the PATH (or in TMUX_BIN).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DemoProcess } from "../drills/demo-process.ts";
import { TmuxTerminal } from "./tmux-terminal.ts";

const fromTop = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const page = fromTop("docs/top.md");

/** Puts a screen where the page has the marks for it. */
function put(name: string, screen: string): void {
  const before = readFileSync(page, "utf8");
  const mark = new RegExp(`(<!-- screen: ${name} -->\n)[^]*?(<!-- end -->)`);
  const text = screen.replaceAll(/ +$/gm, "");
  if (!mark.test(before)) throw new Error(`docs/top.md has no marks for ${name}`);
  writeFileSync(
    page,
    before.replace(
      mark,
      (_, start: string, end: string) => `${start}\n\`\`\`text\n${text}\n\`\`\`\n\n${end}`,
    ),
  );
}

const demo = new DemoProcess(["--port", "0", "--fault", "leak=20", "--fault", "failures=0.1"]);
const { TMUX_BIN: command = "tmux" } = process.env;
const terminal = await TmuxTerminal.open({ command, columns: 118, rows: 22 });
try {
  const url = await demo.said("console");
  await terminal.start(`${process.execPath} ${fromTop("dist/cli/main.js")} top ${url} --sort duration`);
  put("tasks", await terminal.shows(/grows \(\+\d+\).*HighTaskFailureRate is pending ×4/));
  await terminal.press("F8");
  put("names", await terminal.shows(/RUNNING▼[^]*grows/));
  await terminal.press("F2");
  put("warnings", await terminal.shows(/More start than end[^]*F10Quit/));
} finally {
  await terminal.close();
  demo.signal("SIGTERM");
  await demo.end;
}
