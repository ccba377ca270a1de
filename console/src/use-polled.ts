import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, ask } from "./api-client.ts";
import { link, paused } from "./session.ts";

/** What was answered last, and what went wrong since. */
export interface Polled<Answer> {
  readonly answer: Answer | undefined;
  readonly problem: ApiError | undefined;
}

/** Asks again and again while the page is live, and gives the last answer. */
export function usePolled<Answer>(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
  everyMs: number,
): Signal<Polled<Answer>> {
  const polled = useSignal<Polled<Answer>>({ answer: undefined, problem: undefined });
  useEffect(() => {
    let isOver = false;
    let isAsking = false;
    const look = async (): Promise<void> => {
      const isLive = link.value.state === "live" && !paused.value && !document.hidden;
      if (isAsking || (!isLive && polled.value.answer !== undefined)) return;
      isAsking = true;
      try {
        const answer = await ask<Answer>(path, query);
        if (!isOver) polled.value = { answer, problem: undefined };
      } catch (error) {
        if (!isOver && error instanceof ApiError) polled.value = { ...polled.value, problem: error };
      } finally {
        isAsking = false;
      }
    };
    void look();
    const timer = setInterval(() => void look(), everyMs);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [path, JSON.stringify(query), everyMs]);
  return polled;
}
