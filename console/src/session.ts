import { signal } from "@preact/signals";
import { ApiError, ask, readEvents } from "./api-client.ts";
import type { Config, TaskEvent } from "./api-types.ts";

/** How things stand between the page and the server. */
export type Link =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | { readonly state: "lost"; readonly sinceMs: number; readonly why: string }
  | { readonly state: "denied" };

/** Who wants to know what happens. */
export interface SessionListener {
  /** The stream is open, or open again, or something was missed: what is known may be old. */
  onStale(): void;
  onEvents(events: readonly TaskEvent[]): void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
/** What was missed is asked for at most so often: a process with too much to tell has no time to tell it twice. */
const MISSED_EVERY_MS = 5_000;

/** Whether what is shown stands still. */
export const paused = signal(false);
export const link = signal<Link>({ state: "connecting" });
export const config = signal<Config>({ actions: false, health: false });

const listeners = new Set<SessionListener>();
let stream: AbortController | undefined;
let lastEventId: string | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let waitMs = FIRST_WAIT_MS;
let batch: TaskEvent[] = [];
let isBatchDue = false;
let staleAtMs = 0;
let isStaleDue = false;

/** Listens for as long as the page lives. */
export function listen(listener: SessionListener): void {
  listeners.add(listener);
}

/** Connects, and again whenever the server has gone; waits longer each time. */
export async function connect(): Promise<void> {
  clearTimeout(retry);
  stream?.abort();
  const own = new AbortController();
  stream = own;
  try {
    config.value = await ask<Config>("console.json");
    await readEvents(lastEventId, own.signal, onOpen, ({ event, id, data }) => {
      if (own.signal.aborted) return;
      lastEventId = id ?? lastEventId;
      if (event === "missed") tellStaleSoon();
      else offer(JSON.parse(data) as TaskEvent);
    });
    if (!own.signal.aborted) comeBack("The server has ended the stream");
  } catch (error) {
    if (own.signal.aborted) return;
    if (error instanceof ApiError && error.code === "unauthorized") link.value = { state: "denied" };
    else comeBack(error instanceof Error ? error.message : "The server does not answer");
  }
}

/** Stops what is shown, or goes on with what is now. */
export function setPaused(isPaused: boolean): void {
  paused.value = isPaused;
  if (!isPaused) tellStale();
}

function onOpen(): void {
  waitMs = FIRST_WAIT_MS;
  link.value = { state: "live" };
  tellStale();
}

function tellStale(): void {
  staleAtMs = Date.now();
  for (const listener of listeners) listener.onStale();
}

function tellStaleSoon(): void {
  if (isStaleDue) return;
  isStaleDue = true;
  setTimeout(
    () => {
      isStaleDue = false;
      tellStale();
    },
    Math.max(staleAtMs + MISSED_EVERY_MS - Date.now(), 0),
  );
}

function comeBack(why: string): void {
  const { value } = link;
  link.value = { state: "lost", sinceMs: value.state === "lost" ? value.sinceMs : Date.now(), why };
  retry = setTimeout(() => void connect(), waitMs);
  waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
}

/** Events are handed on once a frame, however many there are. */
function offer(event: TaskEvent): void {
  batch.push(event);
  if (isBatchDue) return;
  isBatchDue = true;
  setTimeout(() => {
    isBatchDue = false;
    const events = batch;
    batch = [];
    for (const listener of listeners) listener.onEvents(events);
  }, 50);
}
