import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { handleUnaryCall } from "@grpc/grpc-js";
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
  readonly isDelta: boolean;
  readonly isMonotonic: boolean;
  readonly points: readonly {
    readonly attributes: Readonly<Record<string, Value>>;
    readonly value: number;
    readonly bounds: readonly number[];
    readonly counts: readonly number[];
    /** Nanoseconds since 1970. */
    readonly start: bigint;
    readonly end: bigint;
  }[];
}

/** A real receiver of OTLP. */
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
  bucketCounts?: string[];
  startTimeUnixNano: string;
  timeUnixNano: string;
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

/** What has arrived, by whatever way. */
class Arrivals {
  readonly spans: ReceivedSpan[] = [];
  readonly metrics: ReceivedMetric[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  readonly paths: string[] = [];
  readonly #root: protobuf.Root;

  constructor(root: protobuf.Root) {
    this.#root = root;
  }

  static async make(): Promise<Arrivals> {
    return new Arrivals(
      await protobuf.load(fileURLToPath(new URL("../fixtures/otlp.proto", import.meta.url))),
    );
  }

  /** `isJson`: the JSON form of OTLP, in which ids are hexadecimal. */
  takeTraces(body: Buffer, isJson = false): void {
    this.spans.push(
      ...readSpans(this.#decode("ExportTraceServiceRequest", body, isJson) as WireTraces, isJson),
    );
  }

  takeMetrics(body: Buffer, isJson = false): void {
    this.metrics.push(
      ...readMetrics(this.#decode("ExportMetricsServiceRequest", body, isJson) as WireMetrics),
    );
  }

  span(name: string): ReceivedSpan {
    const named = this.spans.filter((span) => span.name === name);
    const [span] = named;
    if (span === undefined || named.length > 1) throw new Error(`${named.length} spans are named ${name}`);
    return span;
  }

  #decode(type: string, body: Buffer, isJson: boolean): unknown {
    const message = this.#root.lookupType(type);
    const decoded = isJson
      ? message.fromObject(JSON.parse(body.toString("utf8")) as Record<string, unknown>)
      : message.decode(body);
    return message.toObject(decoded, {
      longs: String,
      enums: String,
      bytes: String,
      arrays: true,
      oneofs: true,
      defaults: true,
    });
  }
}

/** Starts a receiver on a free port of 127.0.0.1. */
export async function receiveOtlp(): Promise<OtlpReceiver> {
  const arrivals = await Arrivals.make();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      arrivals.headers.push(request.headers);
      arrivals.paths.push(request.url ?? "");
      const body = Buffer.concat(chunks);
      const contentType = request.headers["content-type"] ?? "";
      const isJson = contentType === "application/json";
      if (request.url === "/v1/traces") arrivals.takeTraces(body, isJson);
      else if (request.url === "/v1/metrics") arrivals.takeMetrics(body, isJson);
      else response.statusCode = 404;
      response.setHeader("content-type", contentType);
      response.end(isJson ? "{}" : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return receiverOf(arrivals, (server.address() as AddressInfo).port, () => {
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  });
}

/** Starts a receiver of OTLP over gRPC, without TLS. */
export async function receiveOtlpOverGrpc(): Promise<OtlpReceiver> {
  const arrivals = await Arrivals.make();
  const server = new Server();
  const serve = (service: string, take: (body: Buffer) => void): void => {
    const path = `/opentelemetry.proto.collector.${service}/Export`;
    const raw = (bytes: Buffer): Buffer => bytes;
    const method = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: raw,
      requestDeserialize: raw,
      responseSerialize: raw,
      responseDeserialize: raw,
    };
    const Export: handleUnaryCall<Buffer, Buffer> = ({ request, metadata }, reply) => {
      arrivals.paths.push(path);
      arrivals.headers.push(metadata.getMap() as IncomingHttpHeaders);
      take(request);
      reply(null, Buffer.alloc(0));
    };
    server.addService({ Export: method }, { Export });
  };
  serve("trace.v1.TraceService", (body) => arrivals.takeTraces(body));
  serve("metrics.v1.MetricsService", (body) => arrivals.takeMetrics(body));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return receiverOf(arrivals, port, () => {
    server.forceShutdown();
    return Promise.resolve();
  });
}

function receiverOf(arrivals: Arrivals, port: number, close: () => Promise<void>): OtlpReceiver {
  const { spans, metrics, headers, paths } = arrivals;
  const url = `http://127.0.0.1:${port}`;
  return { url, spans, metrics, headers, paths, span: (name) => arrivals.span(name), close };
}

function readSpans({ resourceSpans }: WireTraces, isJson: boolean): ReceivedSpan[] {
  // In the JSON form ids are hexadecimal, and were read as if they were base64: written as that they are what they were.
  const idOf = isJson ? (id: string): string => id : hexadecimal;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap((scope) => scope.spans)
      .map((span) => ({
        traceId: idOf(span.traceId),
        spanId: idOf(span.spanId),
        parentId: idOf(span.parentSpanId),
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
        isDelta: data?.aggregationTemporality === "AGGREGATION_TEMPORALITY_DELTA",
        isMonotonic: data?.isMonotonic ?? false,
        points: (data?.dataPoints ?? []).map((point) => ({
          attributes: readAttributes(point.attributes),
          value: Number(metric.data === "histogram" ? point.count : (point.asDouble ?? point.asInt)),
          bounds: point.explicitBounds ?? [],
          counts: (point.bucketCounts ?? []).map(Number),
          start: BigInt(point.startTimeUnixNano),
          end: BigInt(point.timeUnixNano),
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
