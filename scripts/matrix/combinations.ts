/** A Node.js and an OpenTelemetry that the tests run with. */
export interface Combination {
  /** How it is asked for: `["node24", "otel3"]`. */
  readonly words: readonly [node: string, openTelemetry: string];
  readonly nodeVersion: string;
  /** What is installed over what the lockfile has, and in which version. */
  readonly packages: Readonly<Record<string, string>>;
}

/** The oldest Node.js that the package takes, and the newest of each line. */
const nodeVersions: Readonly<Record<string, string>> = {
  "node20.19": "20.19.0",
  node20: "20.20.2",
  node22: "22.23.3",
  node24: "24.21.0",
  node26: "26.10.0",
};

/** 2.x is what the lockfile has. 3.x needs Node.js 22.15, and has the API for logs in the one API. */
const openTelemetries: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  otel2: {},
  otel3: {
    "@opentelemetry/api": "1.10.0",
    "@opentelemetry/context-async-hooks": "3.1.1",
    "@opentelemetry/core": "3.1.1",
    "@opentelemetry/exporter-prometheus": "0.301.0",
    "@opentelemetry/sdk-logs": "3.1.1",
    "@opentelemetry/sdk-metrics": "3.1.1",
    "@opentelemetry/sdk-node": "0.301.0",
    "@opentelemetry/sdk-trace": "3.1.1",
  },
};

const canLoad = (nodeVersion: string, openTelemetry: string): boolean =>
  openTelemetry === "otel2" || Number.parseInt(nodeVersion, 10) >= 22;

/** All that is tested, the oldest first. */
export const combinations: readonly Combination[] = Object.entries(nodeVersions).flatMap(
  ([node, nodeVersion]) =>
    Object.entries(openTelemetries)
      .filter(([openTelemetry]) => canLoad(nodeVersion, openTelemetry))
      .map(([openTelemetry, packages]) => ({ words: [node, openTelemetry], nodeVersion, packages })),
);

/**
 * The combinations that the words name: of several Node.js any, of several OpenTelemetries any, and all where none is
 * named. Throws a `RangeError` for a word that names nothing, and for words that leave nothing.
 */
export function chooseCombinations(words: readonly string[]): readonly Combination[] {
  const known = [...Object.keys(nodeVersions), ...Object.keys(openTelemetries)];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) throw new RangeError(`"${unknown}" is none of ${known.join(", ")}`);
  const anyOf = (names: object): readonly string[] => {
    const named = words.filter((word) => word in names);
    return named.length === 0 ? Object.keys(names) : named;
  };
  const [nodes, sdks] = [anyOf(nodeVersions), anyOf(openTelemetries)];
  const chosen = combinations.filter(({ words: [node, sdk] }) => nodes.includes(node) && sdks.includes(sdk));
  if (chosen.length === 0) throw new RangeError("OpenTelemetry 3.x needs Node.js 22.15 or newer");
  return chosen;
}
