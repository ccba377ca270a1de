import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** The parts of the package that a tracked script needs. */
export interface ScriptPackage {
  readonly globalTracker: typeof import("../../index.ts").globalTracker;
  readonly httpApi: typeof import("../../exporters/http/index.ts").httpApi;
  readonly healthRules: typeof import("../../health/index.ts").healthRules;
}

/**
 * The package that a script itself finds, so that there is one copy of it and hono is looked for where the script's packages
 * are; where it finds none, this copy.
 */
export async function packageOf(script: string): Promise<ScriptPackage> {
  const entries = ["taskscope", "taskscope/http", "taskscope/health"].map((entry) => resolved(entry, script));
  if (entries.includes(undefined)) {
    const [core, http, health] = await Promise.all([
      import("../../index.ts"),
      import("../../exporters/http/index.ts"),
      import("../../health/index.ts"),
    ]);
    return { ...core, ...http, ...health };
  }
  const modules = (await Promise.all(entries.map((entry) => import(entry ?? "")))) as object[];
  return Object.assign({}, ...modules) as ScriptPackage;
}

function resolved(entry: string, script: string): string | undefined {
  try {
    return pathToFileURL(createRequire(script).resolve(entry)).href;
  } catch {
    return undefined;
  }
}
