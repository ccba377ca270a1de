import { readdir, writeFile } from "node:fs/promises";
import { reportAsMarkdown, type Report } from "./report.ts";

/** Whose page has the plain name: the oldest Node.js that is supported, where most rows cost most. */
const FIRST_MAJOR = 20;

const folder = new URL("../docs/", import.meta.url);

/** Writes the page of what was measured with the Node.js that runs, and leads from it to those of others. */
export async function writePage(report: Report): Promise<void> {
  const major = Number(process.versions.node.split(".")[0]);
  const others = (await readdir(folder))
    .flatMap((file) => majorOf(file) ?? [])
    .filter((other) => other !== major)
    .toSorted((a, b) => a - b)
    .map((other) => `[Node.js ${other}](${nameOf(other)})`);
  const links = others.length === 0 ? undefined : `The same measured with ${others.join(", ")}.`;
  await writeFile(new URL(nameOf(major), folder), reportAsMarkdown(report, links));
}

function nameOf(major: number): string {
  return major === FIRST_MAJOR ? "performance.md" : `performance-node-${major}.md`;
}

function majorOf(file: string): number | undefined {
  if (file === nameOf(FIRST_MAJOR)) return FIRST_MAJOR;
  const [, major] = /^performance-node-(\d+)\.md$/.exec(file) ?? [];
  return major === undefined ? undefined : Number(major);
}
