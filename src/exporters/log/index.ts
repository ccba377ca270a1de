export type { LogLevel } from "./levels.ts";
export { lifecycleLog } from "./lifecycle-log.ts";
export type { LogFields, LogLine } from "./log-line.ts";
export { openTelemetrySink } from "./open-telemetry-sink.ts";
export type { OpenTelemetrySinkOptions } from "./open-telemetry-sink.ts";
export type { LifecycleLogOptions } from "./options.ts";
export { pinoMixin } from "./pino-mixin.ts";
export type { PinoMixinOptions } from "./pino-mixin.ts";
export type { ConsoleLike, LogSink, PinoLike } from "./sinks.ts";
