/**
 * Who may import whom in src/. A rank sees the ranks below it, never its neighbours and never what stands above;
 * across folders everybody enters through the other folder's index.ts.
 */
const ranks = [
  ["errors", "internal"],
  ["task"],
  ["policy", "events"],
  ["stats"],
  ["plugin"],
  ["tracker"],
  ["health", "forensics"],
];
const core = ranks.flat();
const folder = (...names) => `^src/(${names.join("|")})/`;

/** The catalogue of metrics is data without imports; those who count, and all above them, read it. */
const readsCatalogue = (rank) => rank >= ranks.findIndex((names) => names.includes("events"));

/** The rules of health are those of the alerts, in process: their numbers stand in one place. */
const ranksLookDown = ranks.flatMap((names, rank) =>
  names.map((name) => ({
    name: `${name}-looks-down-only`,
    comment: "A folder of the core imports the ranks below it, and nothing beside or above it.",
    severity: "error",
    from: { path: folder(name) },
    to: {
      path: "^src/",
      pathNot: folder(
        name,
        ...ranks.slice(0, rank).flat(),
        ...(readsCatalogue(rank) ? ["metrics"] : []),
        ...(name === "health" ? ["alerts"] : []),
      ),
    },
  })),
);

/** Folders that stand outside the core, one level down: src/exporters/otel is one, src/exporters is not. */
const families = "^src/(exporters|instrumentations)/";
const island = "^src/(exporters|instrumentations)/([^/]+)/";
const ownIsland = "^src/$1/$2/";

/** What the console and `taskscope top` compute too: it imports nothing. */
const sharedWithPages = "^src/plugin/histogram-quantile[.]ts$";

/** `import type`, and `typeof import("…")`. */
const typesOnly = ["type-only", "type-import"];

const known = [
  "^src/index[.]ts$",
  folder(...core, "metrics", "alerts", "discovery", "node", "testing", "cli"),
  island,
];

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Nothing imports itself by a detour, not even for a type.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "imports-resolve",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "known-folders",
      comment: "A file of src/ lives in a folder these rules know, so that none escapes them.",
      severity: "error",
      from: { path: "^src/", pathNot: known },
      to: {},
    },
    {
      name: "known-folders",
      severity: "error",
      from: {},
      to: { path: "^src/", pathNot: known },
    },
    {
      name: "no-drawers",
      comment: "utils, common, helpers, misc and types say nothing about what is inside.",
      severity: "error",
      from: {},
      to: { path: "/(utils?|common|helpers?|misc|types)/", pathNot: "node_modules/" },
    },
    ...ranksLookDown,
    {
      name: "metrics-imports-nothing",
      comment: "The catalogue is data.",
      severity: "error",
      from: { path: folder("metrics") },
      to: { pathNot: folder("metrics") },
    },
    {
      name: "alerts-are-made-from-data",
      comment: "The rules know the catalogue of metrics and no task.",
      severity: "error",
      from: { path: folder("alerts") },
      to: { path: "^src/", pathNot: folder("alerts", "metrics", "errors") },
    },
    {
      name: "discovery-knows-no-task",
      comment: "Where processes say where they are: files, for those who write and those who read them.",
      severity: "error",
      from: { path: folder("discovery") },
      to: { pathNot: folder("discovery"), dependencyTypesNot: ["core"] },
    },
    {
      name: "cli-stands-alone",
      comment: "The command is for whoever types it: nothing imports it, and it runs no task.",
      severity: "error",
      from: { path: "^src/", pathNot: folder("cli") },
      to: { path: folder("cli") },
    },
    {
      name: "cli-asks-over-http",
      comment:
        "The command knows rules, and tasks of other processes by the shape in which the API shows them.",
      severity: "error",
      from: { path: folder("cli") },
      to: {
        path: "^src/",
        pathNot: [
          folder("cli", "alerts", "metrics", "errors", "internal", "discovery", "task", "events"),
          sharedWithPages,
        ],
        dynamic: false,
        dependencyTypesNot: typesOnly,
      },
    },
    {
      name: "cli-brings-its-packages",
      comment: "The dependencies of the package are those of the command: no other folder may need them.",
      severity: "error",
      from: { path: folder("cli") },
      to: { pathNot: "^src/", dependencyTypesNot: ["core", "npm"] },
    },
    {
      name: "core-entry-is-the-core",
      comment: "src/index.ts is the core's own entry: everything else has a subpath.",
      severity: "error",
      from: { path: "^src/index[.]ts$" },
      to: { path: "^src/", pathNot: folder(...core, "metrics") },
    },
    {
      name: "core-imports-only-node",
      comment: "The core needs no third-party package, not even for a type.",
      severity: "error",
      from: { path: ["^src/index[.]ts$", folder(...core, "metrics")] },
      to: { pathNot: "^src/", dependencyTypesNot: ["core"] },
    },
    {
      name: "islands-never-meet",
      comment: "Each exporter and instrumentation could be cut out as a package in an afternoon.",
      severity: "error",
      from: { path: island },
      to: { path: families, pathNot: ownIsland },
    },
    {
      name: "islands-run-on-the-contract",
      comment:
        "At run time an island needs the plugin contract, the catalogue and the errors, nothing else of ours.",
      severity: "error",
      from: { path: [island, folder("node")] },
      to: {
        path: "^src/",
        pathNot: [families, folder("node", "plugin", "metrics", "errors", "discovery")],
        dependencyTypesNot: typesOnly,
      },
    },
    {
      name: "islands-never-see-the-tracker",
      comment:
        "Islands may name the types of the core, but not those of the tracker, nor an entry that brings it in.",
      severity: "error",
      from: { path: [island, folder("node")] },
      to: {
        path: "^src/",
        pathNot: [
          families,
          folder("node", "metrics", "discovery", ...core.filter((name) => name !== "tracker")),
        ],
      },
    },
    {
      name: "node-is-the-otel-entry",
      comment:
        "taskscope/node starts the SDK around exporters/otel; otherwise it is an island like that one.",
      severity: "error",
      from: { path: folder("node") },
      to: { path: families, pathNot: "^src/exporters/otel/" },
    },
    {
      name: "testing-sees-the-public-only",
      comment: "What users test with is made of what users can import.",
      severity: "error",
      from: { path: folder("testing") },
      to: { path: folder("internal") },
    },
    {
      name: "entries-are-entries",
      comment: "taskscope/node and taskscope/testing are for users; nothing of ours is built on them.",
      severity: "error",
      from: { path: "^src/", pathNot: folder("node", "testing") },
      to: { path: folder("node", "testing") },
    },
    {
      name: "hosts-are-optional",
      comment:
        "A third-party host is a type, or imported dynamically with an error that says what to install. The one exception is the OpenTelemetry API, the host that taskscope/otel is for: a package without dependencies that whoever imports that entry has.",
      severity: "error",
      from: { path: "^src/", pathNot: folder("cli") },
      to: {
        pathNot: ["^src/", "node_modules/@opentelemetry/api/"],
        dependencyTypesNot: ["core", ...typesOnly],
        dynamic: false,
      },
    },
    {
      name: "hosts-are-peers",
      comment: "What is imported names only packages of peerDependencies.",
      severity: "error",
      from: { path: "^src/", pathNot: folder("cli") },
      to: { pathNot: "^src/", dependencyTypesNot: ["core", "npm-peer"] },
    },
    {
      name: "console-is-for-browsers",
      comment:
        "Of the package, the console sees the types of the API's answers, and modules that import nothing.",
      severity: "error",
      from: { path: "^console/" },
      to: {
        path: "^src/",
        pathNot: ["^src/exporters/http/answers[.]ts$", sharedWithPages],
      },
    },
    {
      name: "console-needs-types-alone",
      severity: "error",
      from: { path: "^console/" },
      to: { path: "^src/exporters/", dependencyTypesNot: typesOnly },
    },
    {
      name: "console-runs-in-browsers",
      comment:
        "What it is built of comes with the page: nothing of Node's, and no peer of the package. The parser of event streams is the command's too.",
      severity: "error",
      from: { path: "^console/src/" },
      to: {
        pathNot: ["^console/", "^src/", "node_modules/eventsource-parser/"],
        dependencyTypesNot: ["npm-dev"],
      },
    },
    {
      name: "shared-with-the-console",
      comment: "What the console is built with would bring along whatever it imports.",
      severity: "error",
      from: { path: sharedWithPages },
      to: { path: "." },
    },
    {
      name: "src-knows-no-page",
      comment: "The console is asked for by its built files; nothing of the package imports it.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^console/" },
    },
    {
      name: "enter-through-index",
      comment: "Across folders enter through the other folder's index.ts.",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: {
        path: "^src/[^/]+/",
        pathNot: [sharedWithPages, "^src/$1/", "^src/[^/]+/index[.]ts$", `${island}index[.]ts$`],
      },
    },
    {
      name: "core-entry-enters-through-index",
      severity: "error",
      from: { path: "^src/index[.]ts$" },
      to: { path: "^src/[^/]+/", pathNot: "^src/[^/]+/index[.]ts$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["types", "import", "default"] },
  },
};
