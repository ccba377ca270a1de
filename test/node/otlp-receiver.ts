import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

type Value = string | number | boolean | undefined;

/** A span as it arrived. Ids are hexadecimal; `parentId` is empty for a root. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly kind: string;
  readonly status: { readonly code: string; readonly message: string };
  readonly attributes: Readonly<Record<string, Value>>;
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, Value>> }[];
  readonly service: Value;
}

/** A metric as it arrived. */
export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly data: "gauge" | "sum" | "histogram";
  readonly isCumulative: boolean;
  readonly isMonotonic: boolean;
  readonly points: readonly {
    readonly attributes: Readonly<Record<string, Value>>;
    readonly value: number;
    readonly bounds: readonly number[];
  }[];
}

/** A real receiver of OTLP over HTTP with protobuf. */
export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  readonly metrics: readonly ReceivedMetric[];
  readonly headers: readonly IncomingHttpHeaders[];
  /** The paths that were asked for. */
  readonly paths: readonly string[];
  span(name: string): ReceivedSpan;
  close(): Promise<void>;
}

interface KeyValue {
  key: string;
  value?: Record<string, string | number | boolean>;
}

interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: string;
  status?: { code: string; message: string };
  attributes: KeyValue[];
  events: { name: string; attributes: KeyValue[] }[];
}

interface WirePoint {
  attributes: KeyValue[];
  asInt?: string;
  asDouble?: number;
  count?: string;
  explicitBounds?: number[];
}

interface WireMetric {
  name: string;
  unit: string;
  data: ReceivedMetric["data"];
  gauge?: WireData;
  sum?: WireData;
  histogram?: WireData;
}

interface WireData {
  dataPoints: WirePoint[];
  aggregationTemporality?: string;
  isMonotonic?: boolean;
}

interface WireTraces {
  resourceSpans: { resource?: { attributes: KeyValue[] }; scopeSpans: { spans: WireSpan[] }[] }[];
}

interface WireMetrics {
  resourceMetrics: { scopeMetrics: { metrics: WireMetric[] }[] }[];
}

/** Starts a receiver on a free port of 127.0.0.1. */
export async function receiveOtlp(): Promise<OtlpReceiver> {
  const root = await protobuf.load(fileURLToPath(new URL("../fixtures/otlp.proto", import.meta.url)));
  const spans: ReceivedSpan[] = [];
  const metrics: ReceivedMetric[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const paths: string[] = [];
  const decode = (type: string, body: Buffer): unknown => {
    const message = root.lookupType(type);
    return message.toObject(message.decode(body), {
      longs: String,
      enums: String,
      bytes: String,
      arrays: true,
      oneofs: true,
      defaults: true,
    });
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      headers.push(request.headers);
      paths.push(request.url ?? "");
      const body = Buffer.concat(chunks);
      if (request.url === "/v1/traces")
        spans.push(...readSpans(decode("ExportTraceServiceRequest", body) as WireTraces));
      else if (request.url === "/v1/metrics") {
        metrics.push(...readMetrics(decode("ExportMetricsServiceRequest", body) as WireMetrics));
      } else response.statusCode = 404;
      response.setHeader("content-type", "application/x-protobuf");
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    metrics,
    headers,
    paths,
    span(name) {
      const named = spans.filter((span) => span.name === name);
      const [span] = named;
      if (span === undefined || named.length > 1) throw new Error(`${named.length} spans are named ${name}`);
      return span;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function readSpans({ resourceSpans }: WireTraces): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap((scope) => scope.spans)
      .map((span) => ({
        traceId: hexadecimal(span.traceId),
        spanId: hexadecimal(span.spanId),
        parentId: hexadecimal(span.parentSpanId),
        name: span.name,
        kind: span.kind,
        status: { code: span.status?.code ?? "", message: span.status?.message ?? "" },
        attributes: readAttributes(span.attributes),
        events: span.events.map(({ name, attributes }) => ({ name, attributes: readAttributes(attributes) })),
        service: readAttributes(resource?.attributes ?? [])["service.name"],
      })),
  );
}

function readMetrics({ resourceMetrics }: WireMetrics): ReceivedMetric[] {
  return resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .map((metric) => {
      const data = metric[metric.data];
      return {
        name: metric.name,
        unit: metric.unit,
        data: metric.data,
        isCumulative: data?.aggregationTemporality === "AGGREGATION_TEMPORALITY_CUMULATIVE",
        isMonotonic: data?.isMonotonic ?? false,
        points: (data?.dataPoints ?? []).map((point) => ({
          attributes: readAttributes(point.attributes),
          value: Number(metric.data === "histogram" ? point.count : (point.asDouble ?? point.asInt)),
          bounds: point.explicitBounds ?? [],
        })),
      };
    });
}

function readAttributes(pairs: readonly KeyValue[]): Record<string, Value> {
  return Object.fromEntries(
    pairs.map(({ key, value }) => {
      const kind = value?.["value"] as string | undefined;
      const content = kind === undefined ? undefined : value?.[kind];
      return [key, kind === "intValue" ? Number(content) : content];
    }),
  );
}

const hexadecimal = (base64: string): string => Buffer.from(base64, "base64").toString("hex");
