import type { Session } from "node:inspector";

/** The cells that the main thread and the watchdog share: whole numbers of 64 bits. */
export const cells = {
  /** When the loop's heart beat last, as a reading of `process.hrtime.bigint()`; and how often it has. */
  beatNs: 0,
  beat: 1,
  /** 1 while the main thread may be paused for a look at it. */
  mayPause: 2,
  /** How late the heart may be before the first look, in microseconds. */
  firstLookUs: 3,
  count: 4,
} as const;

/** What the watchdog starts with. */
export interface WatchdogData {
  readonly memory: SharedArrayBuffer;
  readonly cells: typeof cells;
  readonly periodMs: number;
  /** The description of the registered symbol under which the main thread takes what was seen. */
  readonly slotName: string;
}

/** What it is told: to end, or that the threshold has changed while it sleeps. */
export type WatchdogOrder = "stop" | "look-sooner";

/** What it says: that it watches, or why it cannot look at the main thread. */
export interface WatchdogMessage {
  readonly unavailable: string | undefined;
}

/**
 * The program of the watchdog's thread. It becomes the thread's by its text, so that it needs no file of its own, which
 * bundlers lose and loaders of TypeScript do not find: all that it uses stands inside it.
 *
 * It sleeps until the heart of the main thread is late. Then it pauses the main thread by V8's debugger, which it switches
 * on for that alone (while it is on, every `await` is several times dearer), hands over the call stack to the main thread, which notes
 * the task that is current, and lets it go on. In a long block it looks again each time its length has doubled.
 */
export function watchdogProgram(): void {
  const MAX_FRAMES = 30;
  const MAX_LINE_LENGTH = 300;
  /** What answers later than this was in code that cannot be interrupted. */
  const PROMPT_MS = 20;
  /** In native code that lasts longer, the next look takes its place. */
  const LONGEST_LOOK_MS = 1_000;
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { memory, cells: cell, periodMs, slotName } = workerData as WatchdogData;
  const shared = new BigInt64Array(memory);
  let timer: NodeJS.Timeout | undefined;
  let watchedBeat = -1n;
  let nextLookMs = 0;
  let lookedMs = 0;
  let endLook: (() => void) | undefined;
  let isStopping = false;

  const firstLookMs = (): number => Number(Atomics.load(shared, cell.firstLookUs)) / 1_000;
  const lateMs = (): number =>
    Number(process.hrtime.bigint() - Atomics.load(shared, cell.beatNs)) / 1e6 - periodMs;

  const check = (): void => {
    const beat = Atomics.load(shared, cell.beat);
    if (beat !== watchedBeat) {
      watchedBeat = beat;
      nextLookMs = firstLookMs();
      // The main thread came back by itself: a pause that it was to make is called off.
      endLook?.();
    }
    // Whatever went wrong with a look, the main thread does not stand still for it any longer.
    else if (performance.now() - lookedMs > LONGEST_LOOK_MS) endLook?.();
    const late = lateMs();
    if (late >= nextLookMs && endLook === undefined && Atomics.load(shared, cell.mayPause) === 1n) {
      nextLookMs = late * 2;
      lookedMs = performance.now();
      look(beat);
    }
    const waitMs = Math.max(nextLookMs - late, endLook === undefined ? 1 : periodMs);
    timer = setTimeout(check, Math.min(waitMs, firstLookMs() + periodMs));
  };

  const look = (beat: bigint): void => {
    let session: Session;
    try {
      const inspector = process.getBuiltinModule("node:inspector");
      session = new inspector.Session();
      session.connectToMainThread();
    } catch (error) {
      giveUp(String(error));
      return;
    }
    let hasAsked = false;
    let isOver = false;
    let promptTimer: NodeJS.Timeout | undefined;
    endLook = () => {
      endLook = undefined;
      // What has not been answered is answered with an error now.
      isOver = true;
      clearTimeout(promptTimer);
      // Switches the debugger off and forgets a pause that has not come.
      session.disconnect();
      if (isStopping) stop();
    };
    let isPrompt = false;
    let isPauseOurs = false;
    const urls = new Map<string, string>();
    session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) => void urls.set(scriptId, url));
    session.on("Debugger.paused", ({ params: { callFrames } }) => {
      const [innermost] = callFrames;
      if (isOver) return;
      if (!isPauseOurs || innermost === undefined) {
        // Somebody else's, and theirs to end; or one that an earlier look asked for, which ends when nobody debugs.
        endLook?.();
        return;
      }
      isPauseOurs = false;
      const stack = callFrames
        .slice(0, MAX_FRAMES)
        .map(({ functionName, location }) => {
          const name = functionName === "" ? "<anonymous>" : functionName;
          const place = `${urls.get(location.scriptId) ?? ""}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
          return `at ${name} (${place})`.slice(0, MAX_LINE_LENGTH);
        })
        .join("\n");
      const call = `globalThis[Symbol.for(${JSON.stringify(slotName)})]?.note(${beat}n,${isPrompt},${JSON.stringify(stack)})`;
      session.post("Debugger.evaluateOnCallFrame", {
        callFrameId: innermost.callFrameId,
        expression: call,
        silent: true,
      });
      session.post("Debugger.resume", () => endLook?.());
    });
    const askForPause = (): void => {
      session.post("Debugger.pause", (error) => {
        isPauseOurs = error === null;
      });
    };
    const askOnce = (prompt: boolean): void => {
      if (hasAsked || isOver) return;
      hasAsked = true;
      isPrompt = prompt;
      session.post("Debugger.enable", (error) => {
        if (isOver) return;
        // What it says of all scripts is read by now: the main thread has not to stand still for that.
        if (error === null && prompt) askForPause();
        if (error === null) return;
        giveUp(error.message);
        endLook?.();
      });
      // Before native code comes back, so that the main thread stops where it does.
      if (!prompt) askForPause();
    };
    session.post("Runtime.getIsolateId", () => askOnce(true));
    promptTimer = setTimeout(() => askOnce(false), PROMPT_MS);
  };

  const giveUp = (unavailable: string): void => {
    Atomics.store(shared, cell.mayPause, 0n);
    parentPort?.postMessage({ unavailable } satisfies WatchdogMessage);
  };

  // Never in the middle of a look: the main thread would be left without the one who lets it go on.
  const stop = (): void => {
    isStopping = true;
    if (endLook !== undefined) return;
    clearTimeout(timer);
    parentPort?.close();
  };

  parentPort?.on("message", (message: WatchdogOrder) => {
    if (message === "stop") {
      stop();
      return;
    }
    clearTimeout(timer);
    watchedBeat = -1n;
    check();
  });
  check();
  parentPort?.postMessage({ unavailable: undefined } satisfies WatchdogMessage);
}
