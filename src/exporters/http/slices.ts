/** How many series are looked at in one piece: a fraction of a millisecond's work. */
const SERIES_A_SLICE = 100;

/** A turn of the event loop, so that an answer of any length holds nobody up. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Calls `act` for each series, with a turn of the event loop every now and then. */
export async function forEachSeries<Each>(
  all: readonly Each[],
  act: (series: Each, position: number) => void,
): Promise<void> {
  for (const [position, series] of all.entries()) {
    if (position % SERIES_A_SLICE === SERIES_A_SLICE - 1) await nextTurn();
    act(series, position);
  }
}
