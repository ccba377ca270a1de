/** What the `uid`s of the dashboards begin with: Grafana takes 40 characters, and the longest name is `-overview`. */
export function dashboardUidPrefix(prefix: string): string {
  return prefix.slice(0, 40 - "-overview".length);
}
