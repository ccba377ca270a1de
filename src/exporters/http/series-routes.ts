import { comparePlaces, histogramQuantile } from "../../plugin/index.ts";
import type { TaskPlace } from "../../plugin/index.ts";
import type { SeriesSnapshot } from "../../stats/index.ts";
import { jsonTextResponse } from "./api-problem.ts";
import type { ApiTrackers } from "./api-trackers.ts";
import { readCursor, writeCursor } from "./page-cursor.ts";
import { parameters } from "./parameters.ts";
import type { SeriesQuery } from "./parameters.ts";
import { readQuery } from "./query-reader.ts";
import { durationOf, seriesView } from "./series-view.ts";
import { forEachSeries } from "./slices.ts";

/** `GET /series`. A place in it is a number: series have no ids, but keep their positions in the tracker. */
export async function listSeries(trackers: ApiTrackers, search: URLSearchParams): Promise<Response> {
  const { type, text, sort, limit, cursor } = readQuery<SeriesQuery>(search, parameters.series);
  const from = cursor === undefined ? undefined : readCursor(cursor, sort).place;
  const wanted = text?.toLowerCase() ?? "";
  const order = sort.replace(/^-/, "");
  const compare = (a: TaskPlace, b: TaskPlace): number => comparePlaces(a, b, sort.startsWith("-"));
  const rest: { readonly series: SeriesSnapshot; readonly place: TaskPlace }[] = [];
  let total = 0;
  const { series: all } = trackers.stats();
  await forEachSeries(all, (series, id) => {
    if (type !== undefined && series.type !== type) return;
    if (![series.type, series.name].some((each) => each.toLowerCase().includes(wanted))) return;
    total += 1;
    const place = { value: valueOf(series, order), id };
    if (from === undefined || compare(place, from) > 0) rest.push({ series, place });
  });
  rest.sort((a, b) => compare(a.place, b.place));
  const page = rest.slice(0, limit);
  const texts: string[] = [];
  await forEachSeries(page, ({ series }) => void texts.push(JSON.stringify(seriesView(series))));
  const last = page.at(-1);
  const nextCursor =
    rest.length > page.length && last !== undefined
      ? writeCursor({ order: sort, place: last.place, asOfMs: 0 })
      : null;
  // Written piece by piece, as one piece of a thousand series would be a long one.
  return jsonTextResponse(
    `{"series":[${texts.join(",")}],"total":${total},"nextCursor":${JSON.stringify(nextCursor)}}`,
  );
}

function valueOf(series: SeriesSnapshot, order: string): TaskPlace["value"] {
  switch (order) {
    case "name":
      return series.name;
    case "type":
      return series.type;
    case "spawned":
      return series.spawned;
    case "running":
      return series.running;
    case "queued":
      return series.queued;
    case "failed":
      return series.failed;
    default: {
      const duration = durationOf(series);
      return duration === undefined ? undefined : histogramQuantile(duration, 0.99);
    }
  }
}
