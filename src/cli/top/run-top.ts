import type { ReadStream, WriteStream } from "node:tty";
import { onExit } from "signal-exit";
import { ApiError } from "../remote/api-error.ts";
import type { ApiClient } from "../remote/api-client.ts";
import { bodyOf, drawFrame } from "./frame.ts";
import type { Key } from "./keys.ts";
import { press } from "./press.ts";
import type { Effect } from "./pressed.ts";
import { Screen } from "./screen.ts";
import { ServerWatch } from "./server-watch.ts";
import { settle } from "./settle.ts";
import type { TopState } from "./top-state.ts";
import { wantsOf } from "./wants-of.ts";

/** What `taskscope top` runs on. */
export interface TopRun {
  readonly client: ApiClient;
  readonly intervalMs: number;
  readonly first: TopState;
  readonly input: ReadStream;
  readonly output: WriteStream;
}

const REASON = "cancelled in taskscope top";

/** Shows the tasks of a process until somebody quits. Whatever ends it, the terminal is as it was before. */
export async function runTop(run: TopRun): Promise<void> {
  // Before the screen is taken: a wrong address is told like everywhere.
  await run.client.stats();
  const top = new RunningTop(run);
  await top.run();
}

class RunningTop {
  readonly #client: ApiClient;
  readonly #output: WriteStream;
  readonly #screen: Screen;
  readonly #watch: ServerWatch;
  #state: TopState;
  #isDrawDue = false;

  constructor({ client, intervalMs, first, input, output }: TopRun) {
    this.#client = client;
    this.#output = output;
    this.#screen = new Screen(input, output);
    this.#state = first;
    this.#watch = new ServerWatch(client, intervalMs, () => this.#drawSoon());
  }

  async run(): Promise<void> {
    const screen = this.#screen;
    const giveBack = (): void => screen.close();
    const onResize = (): void => this.#redraw();
    const onContinue = (): void => {
      screen.open();
      this.#redraw();
    };
    // Whoever closes the terminal ends the process with a signal; what is still written then goes nowhere.
    const ignore = (): void => {};
    const forgetExit = onExit(giveBack);
    // Before the error is printed, or it would be printed on the screen that goes away.
    process.on("uncaughtExceptionMonitor", giveBack);
    process.on("SIGCONT", onContinue);
    this.#output.on("resize", onResize).on("error", ignore);
    try {
      screen.listen((key) => this.#onKey(key));
      screen.open();
      this.#redraw();
      await this.#watch.watch();
    } finally {
      giveBack();
      forgetExit();
      process.off("uncaughtExceptionMonitor", giveBack).off("SIGCONT", onContinue);
      this.#output.off("resize", onResize).off("error", ignore);
    }
  }

  #onKey(key: Key): void {
    const { picture } = this.#watch;
    const body = bodyOf(picture, this.#state, this.#screen.size);
    const { state, effect } = press(settle(this.#state, body), key, { picture, body });
    this.#state = state;
    if (effect !== undefined) this.#carryOut(effect);
    this.#drawSoon();
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "quit":
        this.#watch.close();
        break;
      case "suspend":
        this.#screen.close();
        // To the whole group, as the terminal would: npx waits in it.
        process.kill(0, "SIGTSTP");
        break;
      case "redraw":
        this.#screen.forget();
        break;
      case "cancel":
        void this.#cancel(effect.id);
        break;
    }
  }

  async #cancel(id: number): Promise<void> {
    try {
      await this.#client.cancel(id, REASON);
      this.#say(`Task ${id} was asked to stop.`, "good");
      this.#watch.lookNow();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say(error.message, "bad");
    }
  }

  #say(text: string, tone: "good" | "bad"): void {
    this.#state = { ...this.#state, note: { text, tone } };
    this.#drawSoon();
  }

  #redraw(): void {
    this.#screen.forget();
    this.#drawSoon();
  }

  /** Keys and looks that come together are drawn once. */
  #drawSoon(): void {
    if (this.#isDrawDue) return;
    this.#isDrawDue = true;
    setImmediate(() => {
      this.#isDrawDue = false;
      this.#draw();
    });
  }

  #draw(): void {
    const { picture } = this.#watch;
    const { size } = this.#screen;
    const body = bodyOf(picture, this.#state, size);
    this.#state = settle(this.#state, body);
    this.#screen.draw(drawFrame(picture, this.#state, size));
    this.#watch.want(wantsOf(this.#state, body.height), this.#state.isPaused);
  }
}
