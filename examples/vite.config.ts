import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

// The programs behind `taskscope demo` and `taskscope drill`, for those who have the package and not the repository. What
// they are made of goes into the files; what the package depends on anyway, and the package itself, is imported.
export default defineConfig({
  root: fromRoot("examples"),
  logLevel: "warn",
  ssr: { noExternal: true, external: ["commander", "yaml", "taskscope"] },
  build: {
    ssr: true,
    outDir: fromRoot("dist/programs"),
    emptyOutDir: true,
    target: "node20",
    minify: true,
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      input: { demo: fromRoot("examples/demo/main.ts"), drill: fromRoot("drills/main.ts") },
      external: [/^taskscope(?:\/|$)/],
      output: { chunkFileNames: "[name]-[hash].js" },
    },
  },
});
