import { cell, wrapText } from "./cell.ts";
import type { Picture } from "./picture.ts";
import { span } from "./styled-line.ts";
import type { Line, Tone } from "./styled-line.ts";
import { warningsOf } from "./warnings.ts";
import type { Warning } from "./warnings.ts";

/** What may be wrong, with what to do about it. */
export function warningLines(picture: Picture, width: number): Line[] {
  const warnings = warningsOf(picture);
  if (warnings.length === 0)
    return [
      [span("Nothing is wrong.", "good")],
      ...wrapText(
        "Tasks that run longer than their expectedMs, are silent for longer than their heartbeatMs, can never end, or only become more, would be listed here.",
        width,
      ).map((text) => [span(text, "dim")]),
      [],
      ...alertsNote(picture, width),
    ];
  return [
    ...warnings.flatMap((warning) => [
      ...wrapText(warning.title, width).map((text): Line => [span(text, toneOf(warning))]),
      ...wrapText(warning.advice, width - 2).map((text): Line => [span(`  ${text}`)]),
      ...warning.details.map((text): Line => [span(`  ${cell(text, width - 2).trimEnd()}`, "dim")]),
      [],
    ]),
    ...alertsNote(picture, width),
  ];
}

function alertsNote({ rules, alerts }: Picture, width: number): Line[] {
  if (alerts.length > 0) return [];
  const text =
    rules === 0
      ? "No rules are watched in this process: pass health: healthRules() to httpApi(), or let Prometheus watch those of alerts/."
      : `${rules} rules are watched, none holds.`;
  return wrapText(text, width).map((line) => [span(line, "dim")]);
}

/** How a warning looks: what may be on its way is no alarm. */
export function toneOf({ kind }: Warning): Tone {
  return kind === "firing" || kind === "lost" ? "bad" : kind === "pending" ? "label" : "warn";
}
