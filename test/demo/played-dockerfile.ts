import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

interface Stage {
  readonly name: string;
  readonly instructions: readonly string[];
}

function stagesOf(dockerfile: string): Stage[] {
  const lines = dockerfile.replaceAll(/\\\n\s*/g, "").split("\n");
  const stages: { name: string; instructions: string[] }[] = [];
  for (const line of lines.filter((each) => each !== "" && !each.startsWith("#"))) {
    const [, name = ""] = /^FROM \S+(?: AS (\w+))?$/.exec(line) ?? [];
    if (line.startsWith("FROM ")) stages.push({ name, instructions: [] });
    else stages.at(-1)?.instructions.push(line);
  }
  return stages;
}

interface Lockfile {
  readonly packages: Readonly<Record<string, unknown>>;
}

/** What `npm ci` would fetch is there already: the packages of the lockfile, in its versions. */
function takePackages(top: string, folder: string): void {
  const lockfile = readFileSync(join(folder, "package-lock.json"), "utf8");
  if (lockfile === readFileSync(join(top, "package-lock.json"), "utf8"))
    return symlinkSync(join(top, "node_modules"), join(folder, "node_modules"));
  for (const path of Object.keys((JSON.parse(lockfile) as Lockfile).packages)) {
    const nested = join(top, path, "node_modules");
    if (path !== "" && existsSync(join(top, path)))
      cpSync(join(top, path), join(folder, path), {
        recursive: true,
        filter: (source) => !source.startsWith(nested),
      });
  }
}

function run(command: string, folder: string): void {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ended with ${String(status)}:\n${stdout}${stderr}`);
}

/**
 * Does what the Dockerfile says with plain processes, a folder a stage, and gives the folder of the last. Its COPY takes only what
 * the ignore file lets through; its `npm ci` takes the packages that are installed here.
 */
export function playDockerfile(top: string, scratch: string): string {
  const read = (name: string): string => readFileSync(join(top, "docker", name), "utf8");
  const allowed = read("Dockerfile.dockerignore").split("\n");
  let folder = scratch;
  for (const [index, { name, instructions }] of stagesOf(read("Dockerfile")).entries()) {
    folder = join(scratch, name === "" ? `stage-${String(index)}` : name);
    mkdirSync(folder);
    for (const instruction of instructions) {
      const [keyword = "", ...words] = instruction.split(" ");
      if (keyword === "RUN" && words.slice(0, 2).join(" ") === "npm ci") takePackages(top, folder);
      else if (keyword === "RUN") run(words.join(" "), folder);
      else if (keyword === "COPY") {
        const [, from] = /^--from=(\w+)$/.exec(words[0] ?? "") ?? [];
        const sources = words.slice(from === undefined ? 0 : 1, -1);
        const target = words.at(-1) ?? "";
        for (const source of sources) {
          if (from === undefined && !allowed.includes(`!${source}`))
            throw new Error(`the ignore file keeps ${source} out`);
          const path =
            from === undefined ? join(top, source) : join(scratch, from, source.replace("/app/", ""));
          const place = join(folder, target === "./" ? source : target);
          mkdirSync(dirname(place), { recursive: true });
          cpSync(path, place, { recursive: true });
        }
      }
    }
  }
  return folder;
}
