/** The shells that there is a script for. */
export const shells = ["bash", "zsh", "fish"] as const;

/**
 * What each shell sources. All ask `taskscope complete` at a TAB and hand it words as they stand: nothing that was typed is
 * evaluated. A line of the answer is a value, a tab and its description; `:files` stands for the files of the shell.
 */
export const shellScripts: Readonly<Record<(typeof shells)[number], string>> = {
  // Readline breaks words at ":" and "=", so that a URL comes in pieces: the line is split at blanks instead, and what
  // stands before the last piece is taken off the answers. Runs on bash 3.2 too.
  bash: String.raw`# bash completion of taskscope: source <(taskscope completion bash)
_taskscope() {
  local typed="${"$"}{COMP_LINE:0:COMP_POINT}" current before line
  local -a words
  read -ra words <<< "$typed"
  [[ "$typed" == *[[:blank:]] ]] && words+=("")
  current="${"$"}{words[${"$"}{#words[@]}-1]}"
  before="${"$"}{current%"${"$"}{current##*[:=]}"}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      compopt -o default 2> /dev/null
      return
    fi
    line="${"$"}{line%%$'\t'*}"
    COMPREPLY+=("${"$"}{line#"$before"}")
  done < <(taskscope complete -- "${"$"}{words[@]:1}" 2> /dev/null)
}
complete -F _taskscope taskscope`,
  zsh: String.raw`#compdef taskscope
# zsh completion of taskscope: source <(taskscope completion zsh), after compinit
_taskscope() {
  local -a described
  local line
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      _files
      return
    fi
    described+=("${"$"}{${"$"}{line%%$'\t'*}//:/\\:}:${"$"}{line#*$'\t'}")
  done < <(taskscope complete -- "${"$"}{(@)words[2,CURRENT]}" 2> /dev/null)
  _describe taskscope described
}
if [[ "${"$"}{funcstack[1]}" == "_taskscope" ]]; then
  _taskscope "$@"
else
  compdef _taskscope taskscope
fi`,
  fish: String.raw`# fish completion of taskscope: taskscope completion fish | source
function __taskscope_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (taskscope complete -- $words[2..-1] "$current" 2> /dev/null)
        if test "$line" = ":files"
            __fish_complete_path "$current"
            return
        end
        printf '%s\n' $line
    end
end
complete -c taskscope -f -a '(__taskscope_complete)'`,
};
