import type { History } from "./history.ts";

interface Target {
  readonly expr: string;
  readonly instant?: boolean;
}

interface Panel {
  readonly id: number;
  readonly targets?: readonly Target[];
  readonly panels?: readonly Panel[];
}

export interface DashboardJson {
  readonly time: { readonly from: string };
  readonly annotations: {
    readonly list: readonly {
      readonly iconColor: string;
      readonly expr?: string;
      readonly useValueForTime?: string;
    }[];
  };
  readonly panels: readonly Panel[];
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** What the page draws of a dashboard: the answers to each target, by panel and number, and where the marks are. */
export interface Answers {
  readonly range: { readonly fromMs: number; readonly toMs: number };
  readonly stepMs: number;
  readonly results: Readonly<Record<string, readonly Series[]>>;
  readonly annotations: readonly { readonly ms: number; readonly color: string }[];
}

/** An hour is shown as it is; a day as the hours that the history has. */
const shown = (from: string): { readonly hours: number; readonly stepSeconds: number } =>
  from === "now-1h" ? { hours: 1, stepSeconds: 15 } : { hours: 6, stepSeconds: 60 };

/** Asks Prometheus what Grafana would ask, every variable on "All". */
export async function answersOf(
  dashboard: DashboardJson,
  address: string,
  { toMs }: History,
): Promise<Answers> {
  const { hours, stepSeconds } = shown(dashboard.time.from);
  const fromMs = toMs - hours * 3_600_000;
  const ask = async (expr: string, instant: boolean): Promise<Series[]> => {
    const query = expr
      .replaceAll("$__rate_interval", `${stepSeconds * 4}s`)
      .replaceAll("$__range", `${hours}h`)
      .replaceAll(/"\$\w+"/g, '".+"');
    const range = { start: `${fromMs / 1_000}`, end: `${toMs / 1_000}`, step: `${stepSeconds}` };
    const parameters = new URLSearchParams({ query, ...(instant ? { time: `${toMs / 1_000}` } : range) });
    const url = `http://${address}/api/v1/query${instant ? "" : "_range"}?${parameters.toString()}`;
    const { data, error } = (await (await fetch(url)).json()) as {
      readonly error?: string;
      readonly data?: {
        readonly result: readonly (Series & { readonly value?: readonly [number, string] })[];
      };
    };
    if (data === undefined) throw new Error(`${error ?? "no answer"}: ${query}`);
    return data.result.map(({ metric, values, value }) => ({
      metric,
      values: value === undefined ? values : [value],
    }));
  };
  const results: Record<string, readonly Series[]> = {};
  for (const panel of dashboard.panels.flatMap((one) => [one, ...(one.panels ?? [])])) {
    for (const [index, { expr, instant }] of (panel.targets ?? []).entries())
      results[`${panel.id}/${index}`] = await ask(expr, instant === true);
  }
  const annotations: { ms: number; color: string }[] = [];
  for (const { expr, iconColor, useValueForTime } of dashboard.annotations.list) {
    for (const { values } of expr === undefined ? [] : await ask(expr, false)) {
      const begins = values.filter(
        ([seconds], index) => index > 0 && seconds - (values[index - 1]?.[0] ?? 0) > stepSeconds,
      );
      const first = values[0];
      const starts = first === undefined || first[0] * 1_000 === fromMs ? begins : [first, ...begins];
      const times =
        useValueForTime === "on"
          ? values.map(([, ms]) => Number(ms))
          : starts.map(([seconds]) => seconds * 1_000);
      for (const ms of new Set(times)) if (ms >= fromMs) annotations.push({ ms, color: iconColor });
    }
  }
  return { range: { fromMs, toMs }, stepMs: stepSeconds * 1_000, results, annotations };
}
