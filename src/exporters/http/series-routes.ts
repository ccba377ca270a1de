import { comparePlaces } from "../../plugin/index.ts";
import type { TaskPlace } from "../../plugin/index.ts";
import { jsonResponse } from "./api-problem.ts";
import type { ApiTrackers } from "./api-trackers.ts";
import { readCursor, writeCursor } from "./page-cursor.ts";
import { parameters } from "./parameters.ts";
import type { SeriesQuery } from "./parameters.ts";
import { readQuery } from "./query-reader.ts";
import { seriesView } from "./series-view.ts";
import type { SeriesView } from "./series-view.ts";

/** `GET /series`. A place in it is a number: series have no ids, but keep their positions in the tracker. */
export function listSeries(trackers: ApiTrackers, search: URLSearchParams): Response {
  const { type, text, sort, limit, cursor } = readQuery<SeriesQuery>(search, parameters.series);
  const from = cursor === undefined ? undefined : readCursor(cursor, sort).place;
  const wanted = text?.toLowerCase() ?? "";
  const placed = Array.from(trackers.stats().series, seriesView)
    .map((series, id) => ({ series, place: { value: valueOf(series, sort.replace(/^-/, "")), id } }))
    .filter(({ series }) => type === undefined || series.type === type)
    .filter(({ series }) => [series.type, series.name].some((each) => each.toLowerCase().includes(wanted)));
  const compare = (a: TaskPlace, b: TaskPlace): number => comparePlaces(a, b, sort.startsWith("-"));
  const rest = placed
    .filter(({ place }) => from === undefined || compare(place, from) > 0)
    .toSorted((a, b) => compare(a.place, b.place));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return jsonResponse({
    series: page.map(({ series }) => series),
    total: placed.length,
    nextCursor:
      rest.length > page.length && last !== undefined
        ? writeCursor({ order: sort, place: last.place, asOfMs: 0 })
        : null,
  });
}

function valueOf(series: SeriesView, order: string): TaskPlace["value"] {
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
    default:
      return series.duration.p99Seconds;
  }
}
