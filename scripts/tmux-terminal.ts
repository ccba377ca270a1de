import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);
/** Far more than it takes: nothing here is about how fast it is. */
const PATIENCE_MS = 50_000;
const LOOK_EVERY_MS = 100;

/** What a terminal is opened with. */
export interface TerminalOptions {
  /** The tmux to run. */
  readonly command: string;
  readonly columns: number;
  readonly rows: number;
  /** Beyond those that every shell needs; nothing else of this process gets there. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A real terminal with a shell in it, whose prompt is `shell>`. Its tmux is a server of its own, until `close`. */
export class TmuxTerminal {
  readonly #command: string;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #folder: string = mkdtempSync(join(tmpdir(), "taskscope-tmux-"));

  private constructor({ command, variables = {} }: TerminalOptions) {
    this.#command = command;
    this.#variables = variables;
  }

  static async open(options: TerminalOptions): Promise<TmuxTerminal> {
    const terminal = new TmuxTerminal(options);
    writeFileSync(terminal.#profile, "PS1='shell> '\n");
    const size = ["-x", String(options.columns), "-y", String(options.rows)];
    try {
      await terminal.#tmux("-f", "/dev/null", "new-session", "-d", ...size, "exec sh -i");
      await terminal.shows(/shell>$/);
      return terminal;
    } catch (error) {
      await terminal.close();
      throw error;
    }
  }

  /** Ends the terminal, and what runs in it. */
  async close(): Promise<void> {
    await this.#tmux("kill-server").catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Types a command line, and Enter. `pid` gives the process that it becomes. */
  async run(line: string): Promise<void> {
    await this.type(line);
    await this.press("Enter");
  }

  /** Runs a program of the given line, of which {@link pid} is known then. */
  async start(line: string): Promise<void> {
    await this.run(`sh -c 'echo $$ >${this.#pidFile}; exec ${line}'`);
  }

  /** The process that `start` has started. */
  get pid(): number {
    return Number(readFileSync(this.#pidFile, "utf8"));
  }

  /** Types text as it stands. */
  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", text);
  }

  /** Presses keys by the names of tmux: `F5`, `Down`, `PageDown`, `C-c`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** What is on the screen, without the blanks at its end. */
  async screen(...options: readonly string[]): Promise<string> {
    return (await this.#tmux("capture-pane", "-p", ...options)).trimEnd();
  }

  /** Waits until the screen shows something; gives the whole screen. Rejects with the screen where that never comes. */
  async shows(wanted: RegExp): Promise<string> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const screen = await this.screen();
      if (wanted.test(screen)) return screen;
      if (performance.now() > untilMs) throw new Error(`the screen never showed ${wanted}:\n${screen}`);
      await delay(LOOK_EVERY_MS);
    }
  }

  /** What tmux knows of the terminal: `#{cursor_flag}`, `#{alternate_on}`. */
  async says(format: string): Promise<string> {
    return (await this.#tmux("display-message", "-p", format)).trim();
  }

  get #profile(): string {
    return join(this.#folder, "profile");
  }

  get #pidFile(): string {
    return join(this.#folder, "pid");
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { PATH = "", HOME = tmpdir() } = process.env;
    // What the shell knows is what the tmux that starts the server knows.
    const base = {
      PATH,
      HOME,
      TERM: "xterm-256color",
      LANG: "C.UTF-8",
      LC_ALL: "C.UTF-8",
      ENV: this.#profile,
    };
    // -u: whatever the locale is, this terminal shows Unicode.
    const options = ["-u", "-S", join(this.#folder, "socket")];
    const env = { ...base, ...this.#variables };
    const { stdout } = await execute(this.#command, [...options, ...args], { env });
    return stdout;
  }
}
