import { createRequire } from "node:module";
import { dirname } from "node:path";

/** Loads another copy of the API, as a second installed one would be. */
export function anotherApi(): typeof import("@opentelemetry/api") {
  const load = createRequire(import.meta.url);
  const folder = dirname(load.resolve("@opentelemetry/api"));
  for (const file of Object.keys(load.cache)) if (file.startsWith(folder)) delete load.cache[file];
  return load("@opentelemetry/api") as typeof import("@opentelemetry/api");
}
