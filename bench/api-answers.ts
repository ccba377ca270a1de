/**
 * `tsx bench/api-answers.ts`: how long do the answers of the API hold the event loop when the tracker has as many series as it may?
 *
 *   --series N    pairs of type and name, each with tasks that completed and failed (default 1000, the cap)
 *   --rounds N    answers of each kind that are measured (default 30)
 *
 * Exit code 1: the median of the longest pieces was above 15 ms. The longest of all is shown; on a busy machine it is the machine's.
 */
import { parseArgs } from "node:util";
import { createTracker } from "taskscope";
import { httpApi } from "taskscope/http";
import { longestPiece } from "./longest-piece.ts";
import { median } from "./statistics.ts";
import { tableAsText } from "./table.ts";

const MAX_PIECE_MS = 15;
const WARM_UP = 5;

const { values } = parseArgs({
  options: { series: { type: "string", default: "1000" }, rounds: { type: "string", default: "30" } },
});
const [series, rounds] = [Number(values.series), Number(values.rounds)];
if (!(series > 0) || !(rounds > 0)) throw new TypeError("--series and --rounds take numbers above 0");

const api = httpApi();
const tasks = createTracker({ limits: { maxSeries: series }, plugins: [api] });
for (let index = 0; index < series; index += 1) {
  const spec = { name: `name-${index}`, type: `type-${index % 20}` };
  await tasks.run(spec, () => 1);
  for (const Failure of [TypeError, RangeError])
    await tasks.run(spec, () => Promise.reject(new Failure("no"))).catch(() => undefined);
}

let isTooLong = false;
const lines: string[][] = [];
for (const path of [
  "/stats",
  "/series?limit=1000&sort=-running",
  "/series?sort=-p99Seconds",
  "/tasks?limit=1000",
]) {
  const pieces: number[] = [];
  const cpuMs: number[] = [];
  let length = 0;
  for (let round = -WARM_UP; round < rounds; round += 1) {
    const longest = longestPiece();
    const cpu = process.cpuUsage();
    const response = await api.fetch(new Request(`http://localhost${path}`));
    length = (await response.text()).length;
    const { user, system } = process.cpuUsage(cpu);
    const pieceMs = await longest();
    if (response.status !== 200) throw new Error(`${path} answered with ${response.status}`);
    if (round < 0) continue;
    pieces.push(pieceMs);
    cpuMs.push((user + system) / 1_000);
  }
  isTooLong ||= median(pieces) > MAX_PIECE_MS;
  const ms = (value: number): string => value.toFixed(1);
  lines.push([path, String(length), ms(median(cpuMs)), ms(median(pieces)), ms(Math.max(...pieces))]);
}
console.log(
  tableAsText({
    title: `Answers of the API with ${series.toLocaleString("en")} series`,
    header: ["Route", "Characters", "CPU, ms", "Longest piece, median, ms", "longest, ms"],
    textColumns: 1,
    lines,
  }),
);
await tasks.shutdown({ drainMs: 0, graceMs: 0 });
process.exitCode = isTooLong ? 1 : 0;
