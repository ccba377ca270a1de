import { MetricReader } from "@opentelemetry/sdk-metrics";

/** A reader that never collects on its own and sends nothing anywhere: benchmarks read it when they are done. */
export class IdleMetricReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}
