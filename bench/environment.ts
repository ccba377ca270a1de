import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import { dirname, join } from "node:path";

/** What the numbers were measured on and with. Holds nothing that names the machine or its owner. */
export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  readonly v8: string;
  readonly packages: Readonly<Record<string, string>>;
}

const measuredPackages = [
  "taskscope",
  "prom-client",
  "@opentelemetry/api",
  "@opentelemetry/sdk-metrics",
  "@opentelemetry/sdk-trace",
  "@opentelemetry/context-async-hooks",
  "p-queue",
  "effect",
  "@autometrics/autometrics",
];

export async function describeEnvironment(): Promise<Environment> {
  const cpus = os.cpus();
  const versions = await Promise.all(
    measuredPackages.map(async (name) => [name, await installedVersion(name)]),
  );
  return {
    cpu: cpus[0]?.model.trim() ?? "unknown",
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    platform: `${os.type()} ${os.arch()}`,
    node: process.version,
    v8: process.versions.v8,
    packages: Object.fromEntries(versions) as Record<string, string>,
  };
}

/** Looks for the manifest beside the entry point: most packages do not export it. */
async function installedVersion(name: string): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  let folder = dirname(resolve(name));
  while (dirname(folder) !== folder) {
    const manifest = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}");
    const { name: found, version } = JSON.parse(manifest) as {
      name?: string;
      version?: string;
    };
    if (found === name && version !== undefined) return version;
    folder = dirname(folder);
  }
  return "unknown";
}

export function environmentLines(environment: Environment): string[] {
  const { cpu, cores, memoryGiB, platform, node, v8, packages } = environment;
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}`,
    `Node.js ${node}, V8 ${v8}`,
    Object.entries(packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(" · "),
  ];
}
