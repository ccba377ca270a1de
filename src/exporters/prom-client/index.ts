export { promClient } from "./prom-client.ts";
export type { PromClientOptions, PromClientPlugin } from "./prom-client.ts";
