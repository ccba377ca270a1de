import { isMap, isScalar, isSeq, parseDocument } from "yaml";

/** The service of the shipped stack that a user's own application stands in for. */
const demo = "demo";

const head = `# What watches your application:
#
#   export GRAFANA_ADMIN_PASSWORD=<a password of your own>
#   docker compose -f docker-compose.observability.yml up
#
#   Prometheus    http://localhost:9090/alerts    scrapes what docker/prometheus/prometheus.yml names
#   Alertmanager  http://localhost:9093
#   Grafana       http://localhost:3000           user "admin", the password above
#   OTLP          http://localhost:4318           HTTP; gRPC on 4317
#
# With --profile traces Tempo keeps the traces that come in over OTLP.
#
# All ports are bound to this machine only, and every mounted configuration is read-only.
`;

/** The compose file without the demo: everything else stays, with its pins, limits and health checks. */
export function fitCompose(text: string, projectName: string): string {
  const file = parseDocument(text.replace(/^(?:#.*\n)+/, head), { merge: true });
  file.set("name", projectName);
  file.deleteIn(["services", demo]);
  const services = file.get("services");
  if (!isMap(services)) throw new TypeError("the shipped compose file has services");
  const [first] = services.items;
  if (isScalar(first?.key)) first.key.spaceBefore = false;
  for (const { key, value } of services.items) {
    if (!isMap(value)) continue;
    const awaited = value.get("depends_on");
    if (isMap(awaited)) awaited.delete(demo);
    // A container finds what runs on the machine itself under this name, on Linux too.
    if (isScalar(key) && key.value === "prometheus")
      value.set("extra_hosts", file.createNode(["host.docker.internal:host-gateway"], { flow: true }));
  }
  return file.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** The Prometheus configuration with the jobs of a user, and the addresses of each, in the demo's place. */
export function fitPrometheus(text: string, targets: ReadonlyMap<string, readonly string[]>): string {
  const file = parseDocument(text);
  const scrapes = file.get("scrape_configs");
  if (!isSeq(scrapes)) throw new TypeError("the shipped configuration has scrape_configs");
  const own = [...targets].map(([job, addresses]) =>
    file.createNode({ job_name: job, static_configs: [{ targets: addresses }] }),
  );
  scrapes.items = [
    ...own,
    ...scrapes.items.filter((each) => !(isMap(each) && String(each.get("job_name")).startsWith("taskscope"))),
  ];
  return file.toString({ lineWidth: 0, flowCollectionPadding: false });
}
