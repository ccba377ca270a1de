/**
 * Photographs the dashboards without a Grafana: Grafana's own panels, from npm, around the answers of a real Prometheus that
 * holds generated history (preview/history.ts), in a headless Chromium. Writes docs/images/dashboard-*.png.
 *
 *   npm run docs:dashboards            all five
 *   npm run docs:dashboards -- slo     some of them
 *
 * Needs prometheus, promtool and chromium on the PATH (or in PROMETHEUS, PROMTOOL and CHROMIUM). What it needs of npm takes half
 * a gigabyte, so it is installed where temporary files go, once, and not with the project.
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { answersOf } from "./preview/answers.ts";
import type { DashboardJson } from "./preview/answers.ts";
import { fillPrometheus } from "./preview/filled-prometheus.ts";
import { generateHistory } from "./preview/history.ts";

const packages = [
  "@grafana/data@13.2.2",
  "@grafana/ui@13.2.2",
  "esbuild@0.28.2",
  "playwright-core@1.65.1",
  "react@19.3.1",
  "react-dom@19.3.1",
  "sharp@0.34.5",
];
/** How wide the screens are, in pixels. */
const widths = [1_440, 1_024];
const fromTop = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The little that is used of the packages that are not installed with the project. */
interface Esbuild {
  buildSync(options: object): unknown;
}
interface Page {
  goto(url: string): Promise<unknown>;
  on(event: "pageerror", listener: (error: Error) => void): void;
  waitForFunction(condition: string): Promise<unknown>;
  screenshot(options: object): Promise<Uint8Array>;
  close(): Promise<void>;
}
interface Browser {
  newPage(options: object): Promise<Page>;
  close(): Promise<void>;
}
interface Playwright {
  readonly chromium: { launch(options: object): Promise<Browser> };
}
type Sharp = (image: Uint8Array) => {
  png(options: object): { toFile(path: string): Promise<{ readonly size: number }> };
};

/** Installs what the preview needs of npm, unless it is there already. Gives its folder. */
function installPackages(): string {
  const folder = join(tmpdir(), "taskscope-preview-packages");
  const wanted = JSON.stringify(packages);
  const mark = join(folder, "installed.json");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return folder;
  console.log(`installing Grafana's panels into ${folder}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"];
  execFileSync("npm", ["install", ...flags, ...packages], { cwd: folder, stdio: "inherit" });
  writeFileSync(mark, wanted);
  return folder;
}

/** Bundles the page. Gives the script and the style sheet. */
function bundlePage(esbuild: Esbuild, packageFolder: string, folder: string): void {
  esbuild.buildSync({
    entryPoints: [fromTop("scripts/preview/page.js")],
    nodePaths: [join(packageFolder, "node_modules")],
    // Their ES modules take the default of a CommonJS module as Node does, which is not what they were built for.
    alias: Object.fromEntries(
      ["data/unstable", "data", "ui"].map((name) => {
        const [folder = "", file = "index"] = name.split("/");
        return [
          `@grafana/${name}`,
          join(packageFolder, `node_modules/@grafana/${folder}/dist/cjs/${file}.cjs`),
        ];
      }),
    ),
    outfile: join(folder, "page.js"),
    bundle: true,
    minify: true,
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
    loader: { ".svg": "dataurl", ".woff2": "dataurl", ".ttf": "dataurl", ".png": "dataurl" },
  });
}

const style = `
  body { margin: 0; background: #111217; color: #ccccdc; font-family: Inter, "Helvetica Neue", Arial, sans-serif; }
  .bar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 10px 16px 2px; }
  .bar h1 { font-size: 18px; font-weight: 500; margin: 0 8px 0 0; }
  .variable { font-size: 12px; border: 1px solid #ccccdc33; border-radius: 2px; padding: 4px 8px; }
  .variable b { font-weight: 500; margin-right: 8px; }
  .row-title { padding-left: 8px; font-size: 15px; font-weight: 500; line-height: 30px; }
  .empty { display: flex; height: 100%; align-items: center; justify-content: center; text-align: center; color: #ccccdca6; font-size: 12px; padding: 8px; }
`;

async function photograph(): Promise<void> {
  const chosen = process.argv.slice(2);
  const files = readdirSync(fromTop("dashboards"))
    .filter((name) => name.endsWith(".json"))
    .filter((name) => chosen.length === 0 || chosen.includes(basename(name, ".json")));
  const packageFolder = installPackages();
  const load = createRequire(join(packageFolder, "package.json"));
  const folder = mkdtempSync(join(tmpdir(), "taskscope-preview-"));
  bundlePage(load("esbuild") as Esbuild, packageFolder, folder);
  console.log("living through some hours");
  const history = await generateHistory(Date.now());
  const prometheus = await fillPrometheus(history, fromTop("alerts/taskscope.rules.yml"), folder);
  const browser = await (load("playwright-core") as Playwright).chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    mkdirSync(fromTop("docs/images"), { recursive: true });
    for (const file of files) {
      const dashboard = JSON.parse(readFileSync(fromTop(`dashboards/${file}`), "utf8")) as DashboardJson;
      const answers = await answersOf(dashboard, prometheus.address, history);
      for (const width of widths) {
        const preview = JSON.stringify({ dashboard, width, ...answers }).replaceAll("<", "\\u003c");
        const html = join(folder, "page.html");
        writeFileSync(
          html,
          `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css"><style>${style}</style>
<div id="page"></div><script>globalThis.preview = ${preview}; globalThis.__webpack_public_path__ = "";</script><script src="page.js"></script>`,
        );
        const page = await browser.newPage({ viewport: { width, height: 900 }, deviceScaleFactor: 1 });
        page.on("pageerror", (error) => console.error(`${file}: ${error.message}`));
        await page.goto(`file://${html}`);
        await page.waitForFunction("globalThis.previewIsDrawn === true");
        const image = await page.screenshot({ fullPage: true });
        const path = fromTop(`docs/images/dashboard-${basename(file, ".json")}-${width}.png`);
        const { size } = await (load("sharp") as Sharp)(image)
          .png({ palette: true, colours: 256, dither: 0, effort: 10, compressionLevel: 9 })
          .toFile(path);
        console.log(`${path}: ${Math.round(size / 1_000)} kB`);
        await page.close();
      }
    }
  } finally {
    await browser.close();
    await prometheus.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

await photograph();
