import { Argument, Command } from "commander";
import type { CommandParts } from "../command-parts.ts";
import { safeLine } from "../output/safe-text.ts";
import { shells, shellScripts } from "./shell-scripts.ts";
import { suggest } from "./suggest.ts";

/** The command line of `taskscope completion`. */
export function completionCommand({ terminal }: CommandParts): Command {
  return new Command("completion")
    .description(
      "Print what makes a shell complete commands, options and the processes of this machine at a TAB.",
    )
    .addArgument(new Argument("<shell>", "the shell that is to source it").choices(shells))
    .option("--json", "print { shell, script }")
    .addHelpText(
      "after",
      "\nbash: source <(taskscope completion bash)\nzsh:  source <(taskscope completion zsh)\nfish: taskscope completion fish | source",
    )
    .action((shell: (typeof shells)[number], { json }: { readonly json?: true }) => {
      if (json) terminal.sayJson({ shell, script: shellScripts[shell] });
      else terminal.say(shellScripts[shell]);
    });
}

/** The command that those scripts call, hidden from people. */
export function completeCommand({ terminal }: CommandParts, program: Command): Command {
  return new Command("complete")
    .argument("[words...]")
    .helpOption(false)
    .allowUnknownOption()
    .action((words: readonly string[]) => {
      const found = suggest(program, words);
      if (found === "files") return terminal.show(":files");
      for (const { value, description } of found)
        terminal.show(`${safeLine(value)}\t${safeLine(description)}`);
    });
}
