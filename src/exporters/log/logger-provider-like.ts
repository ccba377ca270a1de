/**
 * As much of OpenTelemetry's `LoggerProvider` as is needed: that of `@opentelemetry/api-logs` or, from 1.10 on, of
 * `@opentelemetry/api`. The declarations name neither package, so that they compile where it is not installed.
 */
export interface LoggerProviderLike {
  getLogger(name: string): LoggerLike;
}

/** As much of OpenTelemetry's `Logger` as is needed. */
export interface LoggerLike {
  emit(record: object): void;
}
