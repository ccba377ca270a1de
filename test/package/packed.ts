import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { manifest, root } from "./manifest.ts";

interface PackReport {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

// Without the scripts: prepack would build dist/ afresh under the feet of the other tests.
function pack(...options: readonly string[]): PackReport {
  const command = ["pack", "--json", "--ignore-scripts", "--loglevel=error", ...options];
  const output = execFileSync("npm", command, { cwd: root, encoding: "utf8" });
  const [report] = JSON.parse(output) as readonly PackReport[];
  if (report === undefined) throw new Error(`npm pack reported nothing: ${output}`);
  return report;
}

/** What `npm publish` would send, without writing anything. */
export function packReport(): PackReport {
  return pack("--dry-run");
}

/**
 * Makes a project that has the packed package installed, and of its optional peers only those named.
 * Gives its folder, which the caller removes.
 */
export function makeConsumer(...peers: readonly string[]): string {
  const consumer = mkdtempSync(join(tmpdir(), "taskscope-consumer-"));
  const home = join(consumer, "node_modules", manifest.name);
  mkdirSync(home, { recursive: true });
  const { filename } = pack("--pack-destination", consumer);
  execFileSync("tar", ["-xzf", join(consumer, filename), "-C", home, "--strip-components=1"]);
  for (const peer of peers) {
    const installed = join(consumer, "node_modules", peer);
    mkdirSync(dirname(installed), { recursive: true });
    symlinkSync(join(root, "node_modules", peer), installed, "dir");
  }
  return consumer;
}
