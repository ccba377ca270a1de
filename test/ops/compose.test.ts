import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromTop, readText, readYaml } from "./repository.ts";
import { dockerCompose } from "./tools.ts";

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
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

interface Provisioning {
  readonly datasources?: readonly {
    readonly name: string;
    readonly url: string;
    readonly jsonData: Readonly<Record<string, unknown>>;
  }[];
  readonly providers?: readonly { readonly options: { readonly path: string } }[];
}

const compose = readYaml<Compose>(path);
const services = Object.entries(compose.services);

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
  expect(
    ports.map((mapping) => mapping.split(":").at(-1)),
    url,
  ).toContain(port);
}

describe.each(services)("the service %s", (_name, service) => {
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
    for (const [name, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD|SECRET|TOKEN|KEY/.test(name)) expect(value, name).toMatch(/^\$\{[A-Z_]+:\?.+\}$/);
      expect(value, name).not.toMatch(/\badmin\b/);
    }
  });

  it("is pinned, limited in memory, health-checked, restarted, and rotates its logs", () => {
    if (service.build === undefined) expect(service.image).toMatch(/^[\w/-]+:v?\d+\.\d+\.\d+$/);
    else expect(existsSync(fromTop(service.build.dockerfile))).toBe(true);
    expect(service.deploy?.resources.limits.memory).toMatch(/^\d+M$/);
    expect(service.healthcheck?.test[0]).toBe("CMD");
    expect(service.restart).toBe("unless-stopped");
    expect(Object.keys(service.logging?.options ?? {})).toEqual(["max-size", "max-file"]);
  });

  it("waits for services that exist", () => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services[name]?.healthcheck).toBeDefined();
      expect(condition).toBe("service_healthy");
    }
  });
});

describe("the stack", () => {
  it("starts the demo with its address and port on the command line, the same in the image", () => {
    const command = ["npm", "run", "demo", "--", "--host", "0.0.0.0", "--port", "8080"];
    expect(compose.services["demo"]?.command).toEqual(command);
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
    expect(datasources.map(({ name }) => name)).toEqual(["Prometheus", "Alertmanager"]);
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
