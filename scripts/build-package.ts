// Writes the package into dist/: one file for each entry and one for the core that they share, of code and of
// declarations. A few files load five times as fast as one for each source, and declarations of what no user can name
// stay out. `npm run build` has the compiler check the sources and write their declarations to build/ first.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const dist = fromRoot("dist");

const manifest = JSON.parse(readFileSync(fromRoot("package.json"), "utf8")) as {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
};

const subpaths = Object.values(manifest.exports).flatMap((target) =>
  typeof target === "string" ? [] : [target.default],
);

/** The entries by the name of their file, without its ending. */
function entries(built: readonly string[], folder: string, extension: string): Record<string, string> {
  const names = built.map((path) => path.replace(/^\.\/dist\/(.+)\.js$/, "$1"));
  return Object.fromEntries(names.map((name) => [name, fromRoot(`${folder}/${name}${extension}`)]));
}

/** Packages and `node:` modules stay imports. */
const external = (id: string): boolean => !/^[./]/.test(id);

async function writeCode(): Promise<readonly string[]> {
  const bundle = await rolldown({
    input: entries([...subpaths, ...Object.values(manifest.bin)], "src", ".ts"),
    external,
    platform: "node",
    experimental: { attachDebugInfo: "none" }, // The names of our sources help nobody who reads the package.
  });
  const core =
    /\/src\/(?:errors|internal|task|policy|events|stats|metrics|plugin|tracker)\/|\/src\/index\.ts$/;
  const { output } = await bundle.write({
    dir: dist,
    format: "esm",
    comments: false, // They stand in the declarations.
    entryFileNames: "[name].js",
    chunkFileNames: "shared/[name].js",
    codeSplitting: { groups: [{ name: "core", test: core }] },
  });
  return output.map(({ fileName }) => fileName);
}

async function writeDeclarations(): Promise<readonly string[]> {
  const bundle = await rollup({
    input: entries(subpaths, "build/declarations", ".d.ts"),
    external,
    plugins: [dts()],
  });
  const { output } = await bundle.write({
    dir: dist,
    format: "es",
    entryFileNames: "[name].d.ts",
    chunkFileNames: ({ name }) => `shared/${name.replace(/\.d$/, "")}.d.ts`,
  });
  return output.map(({ fileName }) => fileName);
}

/** Removes what an earlier build wrote and this one did not. The folders of Vite are its own. */
function removeOthers(written: ReadonlySet<string>): void {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(dist, path).replaceAll(sep, "/");
    if (entry.isFile() && !/^(?:console|programs)\//.test(name) && !written.has(name)) rmSync(path);
  }
}

removeOthers(new Set([...(await writeCode()), ...(await writeDeclarations())]));
