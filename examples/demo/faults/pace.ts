const EVERY_MS = 50;

/** Calls `act` so many times a second, on the average also where the event loop is late. Gives a function that ends it. */
export function pace(perSecond: number, act: () => void): () => void {
  let owed = 0;
  let beforeMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    owed += ((nowMs - beforeMs) / 1_000) * perSecond;
    beforeMs = nowMs;
    for (; owed >= 1; owed -= 1) act();
  }, EVERY_MS).unref();
  return () => clearInterval(timer);
}
