import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { metricCatalog } from "../../src/metrics/index.ts";
import { parseExpression } from "./promql.ts";
import { fromTop, readText, readYaml } from "./repository.ts";
import { dockerCompose, promtool } from "./tools.ts";

const path = "docker-compose.observability.yml";

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
  readonly deploy?: { readonly resources: { readonly limits: { readonly memory: string } } };
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

interface Provisioning {
  readonly datasources?: readonly {
    readonly name: string;
    readonly uid: string;
    readonly url: string;
    readonly jsonData: Readonly<Record<string, unknown>>;
  }[];
  readonly providers?: readonly { readonly options: { readonly path: string } }[];
}

interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

interface Collector {
  readonly receivers: Readonly<Record<string, { protocols: Record<string, { endpoint: string }> }>>;
  readonly processors: Readonly<Record<string, unknown>>;
  readonly exporters: Readonly<Record<string, { endpoint: string }>>;
  readonly service: { readonly pipelines: Readonly<Record<string, Pipeline>> };
}

const compose = readYaml<Compose>(path);
const services = Object.entries(compose.services);

/** Their images hold no shell and no HTTP client: nothing that could check them runs inside. */
const withoutShell = ["collector", "tempo"];
/** Ports that only other services use, and that compose therefore does not publish. */
const insidePorts: Readonly<Record<string, readonly string[]>> = { collector: ["8888"], tempo: ["4317"] };

function mountsOf(service: Service): { source: string; target: string; mode: string }[] {
  return (service.volumes ?? []).map((volume) => {
    const [source = "", target = "", mode = "rw"] = volume.split(":");
    return { source, target, mode };
  });
}

/** The service and port that an address inside the stack leads to. */
function expectReachable(url: string): void {
  const { hostname, port } = new URL(url);
  const ports = compose.services[hostname]?.ports ?? [];
  const inside = insidePorts[hostname] ?? [];
  expect([...ports.map((mapping) => mapping.split(":").at(-1)), ...inside], url).toContain(port);
}

describe.each(services)("the service %s", (name, service) => {
  it("publishes its ports on this machine only", () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it("mounts files that exist, read-only, and declares the volumes it writes to", () => {
    for (const { source, target, mode } of mountsOf(service)) {
      expect(target).toMatch(/^\//);
      if (source.startsWith("./")) {
        expect(existsSync(fromTop(source)), source).toBe(true);
        expect(mode, source).toBe("ro");
      } else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  it("has no password of its own: secrets are demanded from the environment", () => {
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD|SECRET|TOKEN|KEY/.test(variable)) expect(value, variable).toMatch(/^\$\{[A-Z_]+:\?.+\}$/);
      expect(value, variable).not.toMatch(/\badmin\b/);
    }
  });

  it("is pinned, limited in memory, health-checked where its image can, restarted, and rotates its logs", () => {
    if (service.build === undefined) expect(service.image).toMatch(/^[\w/-]+:v?\d+\.\d+\.\d+$/);
    else expect(existsSync(fromTop(service.build.dockerfile))).toBe(true);
    expect(service.deploy?.resources.limits.memory).toMatch(/^\d+M$/);
    expect(service.healthcheck?.test[0]).toBe(withoutShell.includes(name) ? undefined : "CMD");
    expect(service.restart).toBe("unless-stopped");
    expect(Object.keys(service.logging?.options ?? {})).toEqual(["max-size", "max-file"]);
  });

  it("waits for services that exist", () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty(other);
      expect(condition).toBe(withoutShell.includes(other) ? "service_started" : "service_healthy");
      // Who waits for a service of a profile would not start without it.
      expect(compose.services[other]?.profiles).toBeUndefined();
    }
  });
});

describe("the stack", () => {
  it("starts the demo with its address and port on the command line, the same in the image", () => {
    const command = ["node", "examples/demo/main.js", "--host", "0.0.0.0", "--port", "8080"];
    expect(compose.services["demo"]?.command?.slice(0, command.length)).toEqual(command);
    const [, image = ""] = /^CMD (\[.+\])$/m.exec(readText("docker/Dockerfile")) ?? [];
    expect(JSON.parse(image)).toEqual(command);
  });

  it("scrapes, alerts and notifies services and ports that exist", () => {
    const prometheus = readYaml<{
      scrape_configs: { static_configs: { targets: string[] }[] }[];
      alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
    }>("docker/prometheus/prometheus.yml");
    const targets = [...prometheus.scrape_configs, ...prometheus.alerting.alertmanagers]
      .flatMap(({ static_configs }) => static_configs)
      .flatMap((group) => group.targets)
      .filter((target) => target !== "localhost:9090"); // Prometheus scrapes itself
    expect(targets).toContain("demo:8080");
    for (const target of targets) expectReachable(`http://${target}`);
    for (const [url] of readText("alerts/alertmanager.yml").matchAll(/http:\/\/\S+/g)) {
      expectReachable(url);
      expect(new URL(url).pathname).toBe("/alerts");
    }
  });

  it("tells Grafana the scrape interval, where its data is and where the dashboards are mounted", () => {
    const scrape = readYaml<{ global: { scrape_interval: string } }>(
      "docker/prometheus/prometheus.yml",
    ).global;
    const { datasources = [] } = readYaml<Provisioning>(
      "docker/grafana/provisioning/datasources/taskscope.yml",
    );
    expect(datasources.map(({ name }) => name)).toEqual(["Prometheus", "Alertmanager", "Tempo"]);
    for (const { url } of datasources) expectReachable(url);
    expect(datasources[0]?.jsonData).toMatchObject({
      timeInterval: scrape.scrape_interval,
      manageAlerts: true,
    });

    const grafana = compose.services["grafana"] ?? {};
    const [provider] =
      readYaml<Provisioning>("docker/grafana/provisioning/dashboards/taskscope.yml").providers ?? [];
    const mount = mountsOf(grafana).find(({ target }) => target === provider?.options.path);
    expect(mount?.source).toBe("./dashboards");
    const home = grafana.environment?.["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] ?? "";
    expect(existsSync(fromTop(home.replace(mount?.target ?? "", "dashboards")))).toBe(true);
  });

  it("sends the spans of the demo through the collector to the trace store, which has a profile of its own", () => {
    const { command = [] } = compose.services["demo"] ?? {};
    expectReachable(command[command.indexOf("--traces") + 1] ?? "");
    expect(services.filter(([, { profiles }]) => profiles !== undefined).map(([name]) => name)).toEqual([
      "tempo",
    ]);

    const { service, ...parts } = readYaml<Collector>("docker/collector/config.yml");
    for (const pipeline of Object.values(service.pipelines)) {
      for (const kind of ["receivers", "processors", "exporters"] as const)
        for (const part of pipeline[kind]) expect(parts[kind], kind).toHaveProperty([part]);
    }
    const received = Object.values(parts.receivers["otlp"]?.protocols ?? {}).map(({ endpoint }) => endpoint);
    const published = compose.services["collector"]?.ports?.map((port) => port.split(":").at(-1));
    expect(received).toEqual(published?.map((port) => `0.0.0.0:${port ?? ""}`));
    const [exporter] = service.pipelines["traces"]?.exporters ?? [];
    expect(exporter).toMatch(/^otlp_(?:grpc|http)\b/); // "otlp" and "otlphttp" are names of the past
    const { endpoint = "" } = parts.exporters[exporter ?? ""] ?? {};
    expectReachable(`http://${endpoint}`);

    const tempo = readYaml<{
      server: { http_listen_port: number };
      distributor: { receivers: { otlp: { protocols: { grpc: { endpoint: string } } } } };
      storage: { trace: { backend: string; local: { path: string }; wal: { path: string } } };
    }>("docker/tempo/tempo.yml");
    expect(tempo.distributor.receivers.otlp.protocols.grpc.endpoint).toBe(
      `0.0.0.0:${endpoint.split(":")[1] ?? ""}`,
    );
    expectReachable(`http://tempo:${String(tempo.server.http_listen_port)}`);
    const kept =
      mountsOf(compose.services["tempo"] ?? {}).find(({ mode }) => mode === "rw")?.target ?? "/nowhere";
    for (const { path: folder } of [tempo.storage.trace.local, tempo.storage.trace.wal])
      expect(folder.startsWith(`${kept}/`), folder).toBe(true);
    expect(tempo).not.toHaveProperty("ingester"); // gone since Tempo 3
  });

  it("leads from exemplars to traces, and from spans to the numbers of their task", () => {
    const { datasources = [] } = readYaml<Provisioning>(
      "docker/grafana/provisioning/datasources/taskscope.yml",
    );
    const uids = datasources.map(({ uid }) => uid);
    const [prometheus, , tempo] = datasources;
    const destinations = prometheus?.jsonData["exemplarTraceIdDestinations"] as {
      name: string;
      datasourceUid: string;
    }[];
    expect(destinations.map(({ name }) => name)).toEqual(["trace_id", "traceID"]);
    for (const { datasourceUid } of destinations) expect(datasourceUid).toBe(tempo?.uid);
    const { datasourceUid, tags, queries } = (tempo?.jsonData ?? {})["tracesToMetrics"] as {
      datasourceUid: string;
      tags: { key: string; value: string }[];
      queries: { query: string }[];
    };
    expect(uids).toContain(datasourceUid);
    const attributes = readText("src/exporters/otel/task-attributes.ts");
    for (const { key } of tags) expect(attributes).toContain(`setAttribute("${key}"`);
    const names = metricCatalog.map(({ prometheusName }) => `taskscope_${prometheusName}`);
    const spawned = metricCatalog.find(({ prometheusName }) => prometheusName === "tasks_spawned_total");
    expect(tags.map(({ value }) => value)).toEqual(spawned?.labels);
    for (const { query } of queries) {
      const { errors, selectors } = parseExpression(query.replace("$$__tags", 'task_type="a"'));
      expect(errors, query).toBe(0);
      for (const { metric } of selectors) expect(names).toContain(metric);
    }
    const command = compose.services["prometheus"]?.command;
    expect(command).toContain("--enable-feature=exemplar-storage");
  });

  it("scrapes the page of the demo that has exemplars", () => {
    const { scrape_configs } = readYaml<{ scrape_configs: { job_name: string; metrics_path?: string }[] }>(
      "docker/prometheus/prometheus.yml",
    );
    const demo = scrape_configs.find(({ job_name }) => job_name === "taskscope-demo");
    expect(readText("examples/demo/main.ts")).toContain(`\${service.url}${demo?.metrics_path ?? "?"}\``);
  });

  it("refuses to start Grafana with the password admin", () => {
    const [shell = "", flag = "", script = ""] = compose.services["grafana"]?.entrypoint ?? [];
    // Compose turns `$$` into `$`; here `true` stands in for the image's own start script.
    const startable = script.replaceAll("$$", "$").replace("exec /run.sh", "exec true");
    const start = (password: string): number | null =>
      spawnSync(shell, [flag, startable], { env: { ...process.env, GF_SECURITY_ADMIN_PASSWORD: password } })
        .status;
    expect(start("admin")).toBe(1);
    expect(start("correct horse")).toBe(0);
  });
});

describe("the image of the demo", () => {
  const dockerfile = readText("docker/Dockerfile");

  it("is built in stages and does not run as root", () => {
    expect(dockerfile.match(/^FROM \S+/gm)?.length).toBeGreaterThan(1);
    expect(dockerfile.slice(dockerfile.lastIndexOf("FROM "))).toMatch(/^USER (?!root)\w+$/m);
    expect(dockerfile).not.toContain(":latest");
  });

  it("copies files that exist and that its ignore file lets through", () => {
    const allowed = readText("docker/Dockerfile.dockerignore").split("\n");
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, args = ""]) =>
      args.split(" ").slice(0, -1),
    );
    for (const source of copied) {
      expect(existsSync(fromTop(source)), source).toBe(true);
      expect(allowed).toContain(`!${source}`);
    }
  });
});

describe.skipIf(promtool.missing)(promtool.title("promtool"), () => {
  it("accepts the Prometheus configuration", () => {
    const { ok, output } = promtool.run([
      "check",
      "config",
      "--syntax-only",
      fromTop("docker/prometheus/prometheus.yml"),
    ]);
    expect(ok, output).toBe(true);
  });
});

describe.skipIf(dockerCompose.missing)(dockerCompose.title("docker-compose"), () => {
  const check = (password: string): { ok: boolean; output: string } => {
    const { status, stderr } = spawnSync(dockerCompose.command, ["-f", fromTop(path), "config", "-q"], {
      encoding: "utf8",
      env: { ...process.env, GRAFANA_ADMIN_PASSWORD: password },
    });
    return { ok: status === 0, output: stderr };
  };

  it("accepts the file when a Grafana password is set", () => {
    const { ok, output } = check("correct horse");
    expect(ok, output).toBe(true);
  });

  it("refuses it without one, and says so", () => {
    const { ok, output } = check("");
    expect(ok).toBe(false);
    expect(output).toContain("choose a Grafana password");
  });
});
