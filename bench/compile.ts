import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const sourceFolder = dirname(fileURLToPath(import.meta.url));

/** Inside the package, so that the compiled files still import the built `taskscope` by its name. */
const outputFolder = join(sourceFolder, "..", "build", "bench");

/**
 * Compiles `bench/` to plain JavaScript and gives the path of the compiled `child.ts`.
 *
 * Measured processes run without a TypeScript loader: tsx adds a `__name` call to every closure it compiles (esbuild's `keepNames`),
 * also to those made once a task, and would be measured with it.
 */
export async function compileBench(): Promise<string> {
  await rm(outputFolder, { recursive: true, force: true });
  for (const file of await readdir(sourceFolder, { recursive: true })) {
    if (!file.endsWith(".ts")) continue;
    const { outputText } = ts.transpileModule(await readFile(join(sourceFolder, file), "utf8"), {
      fileName: file,
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    const output = join(outputFolder, file.replace(/\.ts$/, ".js"));
    await mkdir(dirname(output), { recursive: true });
    await writeFile(output, outputText);
  }
  return join(outputFolder, "child.js");
}
