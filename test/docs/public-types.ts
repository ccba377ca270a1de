import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What TypeScript knows of the package and of some programs that use it. */
export class PublicTypes {
  readonly #program: ts.Program;
  readonly #programs: ReadonlyMap<string, string>;

  /** `programs`: sources by a name that says where they stand. */
  constructor(programs: ReadonlyMap<string, string>) {
    this.#programs = new Map(
      Array.from([...programs.values()], (code, index) => [`${root}test/docs/block-${index}.ts`, code]),
    );
    const config = ts.getParsedCommandLineOfConfigFile(
      `${root}tsconfig.all.json`,
      { noUnusedLocals: false },
      { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
    );
    const host = ts.createCompilerHost(config?.options ?? {}, true);
    host.fileExists = (path) => this.#programs.has(path) || ts.sys.fileExists(path);
    host.readFile = (path) => this.#programs.get(path) ?? ts.sys.readFile(path);
    this.#program = ts.createProgram(
      [`${root}src/index.ts`, ...this.#programs.keys()],
      config?.options ?? {},
      host,
    );
  }

  /** What is wrong with the program at `index`, by TypeScript's rules for this repository. */
  errorsIn(index: number): string[] {
    const file = this.#program.getSourceFile(`${root}test/docs/block-${index}.ts`);
    return this.#program
      .getSemanticDiagnostics(file)
      .concat(this.#program.getSyntacticDiagnostics(file))
      .map(({ messageText, start = 0 }) => {
        const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
        return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
      });
  }

  /**
   * The properties of an exported interface, inherited ones too; the words of an exported union of words. `entry`: the file
   * that exports it, which one of the programs imports.
   */
  membersOf(name: string, entry = "src/index.ts"): string[] {
    const checker = this.#program.getTypeChecker();
    const index = this.#program.getSourceFile(`${root}${entry}`);
    const module = index === undefined ? undefined : checker.getSymbolAtLocation(index);
    const symbol = checker.getExportsOfModule(module as ts.Symbol).find((each) => each.name === name);
    if (symbol === undefined) throw new Error(`${entry} exports no ${name}`);
    const alias = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const type = checker.getDeclaredTypeOfSymbol(alias);
    if (!type.isUnion()) {
      // Properties by symbol have no name to write down.
      return checker
        .getPropertiesOfType(type)
        .flatMap(({ name: own }) => (own.startsWith("__@") ? [] : [own]));
    }
    return type.types.flatMap((each) => (each.isStringLiteral() ? [each.value] : []));
  }
}
