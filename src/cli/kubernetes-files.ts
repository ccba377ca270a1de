import { Document, isScalar, parseDocument } from "yaml";

/** A resource's name: lower case, no underscore. */
export function resourceName(prefix: string, rest: string): string {
  return `${prefix.toLowerCase().replaceAll("_", "-").replace(/-+$/, "")}-${rest}`;
}

/** The rule file as a resource of the Prometheus operator, with its comments. */
export function prometheusRule(
  rules: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): string {
  const source = parseDocument(rules);
  const resource = new Document({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name, labels: { "app.kubernetes.io/part-of": "taskscope", ...labels } },
  });
  resource.commentBefore = source.commentBefore ?? source.contents?.commentBefore ?? null;
  const groups = source.get("groups", true);
  resource.setIn(["spec", "groups"], groups);
  return resource.toString({ lineWidth: 0 });
}

/** A dashboard as a ConfigMap that Grafana's sidecar finds. */
export function dashboardConfigMap(
  dashboard: string,
  file: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): string {
  const resource = new Document({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name,
      labels: { "app.kubernetes.io/part-of": "taskscope", ...labels, grafana_dashboard: "1" },
    },
    data: { [file]: dashboard },
  });
  const text = resource.getIn(["data", file], true);
  if (isScalar(text)) text.type = "BLOCK_LITERAL";
  return resource.toString({ lineWidth: 0 });
}
