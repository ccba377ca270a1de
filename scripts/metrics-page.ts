/** Writes docs/metrics.md from the metric catalogue; with --check, fails if the page is not what it should be. */
import { readFileSync, writeFileSync } from "node:fs";
import { metricCatalog } from "../src/metrics/index.ts";

const page = new URL("../docs/metrics.md", import.meta.url);

/** The page, as the catalogue has it. */
export function metricsPage(): string {
  const rows = metricCatalog.map(({ prometheusName, type, unit, labels, merge, help }) => {
    const labelList = labels.length === 0 ? "–" : labels.map((label) => `\`${label}\``).join(", ");
    return `| \`taskscope_${prometheusName}\` | ${type} | ${unit} | ${labelList} | ${merge} | ${help} |`;
  });
  return `# Metrics

Made from \`src/metrics/catalog.ts\` by \`npm run docs:metrics\`. The prefix is the tracker's \`prefix\`. Names and labels
are the same on the built-in page, through prom-client, OpenTelemetry's Prometheus exporter and OTLP; only OpenTelemetry's own
\`otel_scope_*\` labels and \`target_info\` come on top. *Merge* says how the values of several trackers or processes
become one.

| Metric | Type | Unit | Labels | Merge | Meaning |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

\`spawned = queued + running + completed + failed + cancelled\` holds in every scrape, for every series. Counters of a
series stand at 0 from its first spawn; the duration histograms of \`failed\` and \`cancelled\` tasks appear with their first
observation. \`error_type\` is \`timeout\`, \`lost\`, the class name of the error, or \`_OTHER\`, at most 20 types a series.

\`taskscope_event_loop_delay_seconds\` is measured once for all trackers and exporters of a thread, from the first
collection on, with a timer that is due every 20 ms and keeps no process alive. Each instant that passed while the loop was
blocked counts with the delay it met with, so quantiles say what work that becomes due at any instant has to expect. Node's timers
count whole milliseconds: what is below 2 ms is the timer's own. \`taskscope_tracker_memory_bytes\` is right to a factor of
two where tasks are many; what bodies hold, and attributes, are not in it.
`;
}

if (process.argv[1] !== undefined && import.meta.url.endsWith(process.argv[1].replaceAll("\\", "/"))) {
  if (!process.argv.includes("--check")) writeFileSync(page, metricsPage());
  else if (readFileSync(page, "utf8") !== metricsPage()) {
    console.error("docs/metrics.md is not what the catalogue says: run npm run docs:metrics");
    process.exitCode = 1;
  }
}
