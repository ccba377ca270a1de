export { ManualClock } from "./manual-clock.ts";
export { testPlugin } from "./test-plugin.ts";
export type { PluginUnderTest, RunTest } from "./test-plugin.ts";
