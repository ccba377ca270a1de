import type { JSX } from "preact";
import { Chart } from "./chart.tsx";
import { formatBytes, formatCount, formatRate, formatSeconds } from "./format.ts";
import { samples } from "./numbers.ts";
import type { Sample } from "./numbers.ts";
import { SeriesTable } from "./series-table.tsx";

/** How much work there is, how it ends, and how long it takes. */
export function Overview(): JSX.Element {
  const all = samples.value;
  const last = all.at(-1);
  if (last === undefined) return <p class="empty">Waiting for the first numbers…</p>;
  const times = all.map(({ atMs }) => atMs);
  const line = (of: (sample: Sample) => number | undefined): (number | undefined)[] => all.map(of);
  return (
    <>
      <Tiles {...last} />
      <div class="charts">
        <Chart
          title="Ended tasks by outcome, a second"
          times={times}
          format={formatRate}
          lines={[
            { label: "completed", colour: "--green", values: line((each) => each.completedPerSecond) },
            { label: "failed", colour: "--red", values: line((each) => each.failedPerSecond) },
            { label: "cancelled", colour: "--amber", values: line((each) => each.cancelledPerSecond) },
          ]}
        />
        <Chart
          title="Running, against what rate × duration explains"
          times={times}
          format={formatCount}
          lines={[
            { label: "running", colour: "--blue", values: line(({ stats }) => stats.total.running) },
            { label: "explained", colour: "--muted", values: line((each) => each.explained), isDashed: true },
            { label: "queued", colour: "--violet", values: line(({ stats }) => stats.total.queued) },
          ]}
        />
        <Chart
          title="Duration of ended tasks"
          times={times}
          format={formatSeconds}
          lines={[
            { label: "p50", colour: "--green", values: line((each) => each.p50Seconds) },
            { label: "p95", colour: "--amber", values: line((each) => each.p95Seconds) },
            { label: "p99", colour: "--red", values: line((each) => each.p99Seconds) },
          ]}
        />
        <Chart
          title="Event loop delay"
          times={times}
          format={formatSeconds}
          lines={[{ label: "p99", colour: "--blue", values: line((each) => each.loopP99Seconds) }]}
        />
      </div>
      <SeriesTable />
    </>
  );
}

function Tiles(sample: Sample): JSX.Element {
  const { total, tracker } = sample.stats;
  const { completedPerSecond = 0, failedPerSecond = 0, cancelledPerSecond = 0 } = sample;
  const ended = completedPerSecond + failedPerSecond + cancelledPerSecond;
  const failing = ended === 0 ? 0 : failedPerSecond / ended;
  const tiles: readonly (readonly [string, string, string, string?])[] = [
    ["Started", formatRate(sample.spawnedPerSecond), `${formatCount(total.spawned)} in all`],
    ["Running", formatCount(total.running), `${formatCount(sample.explained)} explained`],
    ["Queued", formatCount(total.queued), `${formatCount(total.rejected)} refused in all`],
    [
      "Failing",
      `${(failing * 100).toFixed(failing > 0 && failing < 0.1 ? 1 : 0)} %`,
      `${formatCount(total.failed)} in all`,
      failing > 0.05 ? "bad" : "",
    ],
    ["p95", formatSeconds(sample.p95Seconds), `p99 ${formatSeconds(sample.p99Seconds)}`],
    ["Tracking", formatBytes(tracker.memoryBytes), `${formatCount(tracker.finished)} finished kept`],
  ];
  return (
    <dl class="tiles">
      {tiles.map(([name, value, note, mood]) => (
        <div class={`card tile ${mood ?? ""}`} key={name} data-tile={name.toLowerCase()}>
          <dt>{name}</dt>
          <dd class="value">{value}</dd>
          <dd class="note">{note}</dd>
        </div>
      ))}
    </dl>
  );
}
