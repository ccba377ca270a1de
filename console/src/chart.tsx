import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import { formatClock } from "./format.ts";
import { colours } from "./theme.ts";

/** A line of a chart. */
export interface ChartLine {
  readonly label: string;
  /** The name of a colour of styles.css, such as `--blue`. */
  readonly colour: string;
  readonly values: readonly (number | undefined)[];
  readonly isDashed?: boolean;
}

interface ChartProps {
  readonly title: string;
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
}

const HEIGHT = 150;

/** Lines over time. The last value of each stands in the legend, so that nobody has to read a colour. */
export function Chart({ title, times, lines, format }: ChartProps): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot>(undefined);
  const look = `${colours.value}|${lines.map(({ label }) => label).join("|")}`;

  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const made = new UPlot(optionsOf(element.clientWidth, lines, format), [[]], element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [look]);

  useEffect(() => {
    const values = lines.map((line) => line.values.map((value) => value ?? null));
    chart.current?.setData([times.map((atMs) => atMs / 1_000), ...values]);
  }, [times, look]);

  return (
    <figure class="card chart">
      <figcaption>{title}</figcaption>
      <div class="plot" ref={holder} aria-hidden="true" />
      <ul class="legend">
        {lines.map(({ label, colour, values, isDashed }) => (
          <li key={label}>
            <span
              class={isDashed === true ? "swatch dashed" : "swatch"}
              style={{ color: `var(${colour})` }}
            />
            {label} <b>{lastOf(values, format)}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function lastOf(values: ChartLine["values"], format: ChartProps["format"]): string {
  const last = values.at(-1);
  return last === undefined ? "–" : format(last);
}

function optionsOf(width: number, lines: readonly ChartLine[], format: ChartProps["format"]): UPlot.Options {
  const styles = getComputedStyle(document.documentElement);
  const colour = (name: string): string => styles.getPropertyValue(name).trim();
  const axis = { stroke: colour("--muted"), font: "11px system-ui", ticks: { show: false } };
  const grid = { stroke: colour("--line"), width: 1 };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_, _low, high) => [0, Math.max(high * 1.15, 1e-6)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        space: 80,
        values: (_, splits) => splits.map((seconds) => formatClock(seconds * 1_000)),
      },
      { ...axis, grid, size: 62, space: 34, values: (_, splits) => splits.map(format) },
    ],
    series: [
      {},
      ...lines.map((line): UPlot.Series => ({
        label: line.label,
        stroke: colour(line.colour),
        width: 1.75,
        points: { show: false },
        ...(line.isDashed === true ? { dash: [5, 4] } : {}),
      })),
    ],
  };
}
