import { metricsPage } from "taskscope/http";
import { describe, expect, test } from "vitest";
import { takesGzip } from "../../../src/exporters/http/negotiation.ts";

const text = "text/plain; version=0.0.4; charset=utf-8";
const openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

describe("the format", () => {
  test.each<[string, string | undefined, string]>([
    ["no header", undefined, text],
    ["an empty header", "", text],
    [
      "Prometheus 2.42",
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      openMetrics,
    ],
    [
      "Prometheus 2.42 with native histograms",
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      openMetrics,
    ],
    [
      "Prometheus 3",
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      openMetrics,
    ],
    [
      "Prometheus 3 told to take the text",
      "text/plain;version=0.0.4;q=0.6,*/*;q=0.5,application/openmetrics-text;q=0.4",
      text,
    ],
    ["Prometheus 2.4", "text/plain;version=0.0.4;q=1,*/*;q=0.1", text],
    [
      "a browser",
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
      text,
    ],
    ["curl", "*/*", text],
    ["OpenMetrics without a version", "application/openmetrics-text", openMetrics],
    [
      "letters of any size, spaces and quotes",
      ' APPLICATION/OpenMetrics-Text ; Version="1.0.0" ; Q=0.9',
      openMetrics,
    ],
    ["a version of OpenMetrics that is not served", "application/openmetrics-text;version=0.0.1", text],
    ["a newer one, with a way back", "application/openmetrics-text;version=2.0.0,text/plain;q=0.5", text],
    ["equal wishes", "text/plain,application/openmetrics-text", openMetrics],
    ["text rather than OpenMetrics", "text/plain,application/openmetrics-text;q=0.9", text],
    ["OpenMetrics refused, whatever stands for the rest", "application/openmetrics-text;q=0,*/*", text],
    ["OpenMetrics rather than anything", "*/*;q=0.5,application/openmetrics-text;q=0.6", openMetrics],
    ["text refused", "text/plain;q=0,*/*;q=0.1", openMetrics],
    ["a kind", "application/*", openMetrics],
    ["everything refused", "*/*;q=0", text],
    ["what is not served", "application/json", text],
    ["the most specific range counts", "application/openmetrics-text;q=0.1,text/plain;q=0.2,*/*;q=1", text],
    ["a quality that is none", "application/openmetrics-text;q=2,text/plain;q=0.1", text],
    ["garbage", ';;,q=1,,=;=,\u0000"\\,*,/,text/,/plain;q', text],
  ])("%s", async (_, accept, contentType) => {
    expect((await metricsPage().render(accept)).contentType).toBe(contentType);
  });

  test("of a header without an end, only the beginning is read", async () => {
    const long = `application/openmetrics-text,${"text/plain;q=0,".repeat(1_000_000)}`;
    expect((await metricsPage().render(long)).contentType).toBe(openMetrics);
    const late = `${"image/png,".repeat(1_000_000)}application/openmetrics-text`;
    expect((await metricsPage().render(late)).contentType).toBe(text);
  });

  test.each([null, 7, {}, ["application/openmetrics-text"]])("%j is no header", async (accept) => {
    expect((await metricsPage().render(accept as unknown as string)).contentType).toBe(text);
  });
});

describe("gzip is taken", () => {
  test.each<[string | undefined, boolean]>([
    [undefined, false],
    ["", false],
    ["gzip", true],
    ["gzip, deflate, br", true],
    ["br;q=1.0, gzip;q=0.8, *;q=0.1", true],
    ["X-GZIP", true],
    ["*", true],
    ["gzip;q=0, *", false],
    ["*;q=0", false],
    ["identity", false],
    ["gzippy", false],
  ])("%j: %s", (header, takes) => {
    expect(takesGzip(header)).toBe(takes);
  });
});
