import type { Candidate, CommandPath } from './command-path.js';

/** For zsh with its completion system; to be sourced, or put as `_<program>` into a folder of `fpath`. */
export function zshScript(program: string, paths: readonly CommandPath[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  const withValue = [...new Set(paths.flatMap(({ optionsWithValue }) => optionsWithValue))];
  return `#compdef ${program}
# Completion of ${program} for zsh.
${name}() {
  local command='' skipped='' word
  local -a next names values options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $skipped ]]; then skipped=''; continue; fi
    case $word in
      ${withValue.join('|')}) skipped=$word ;;
      -*) ;;
      *)
        case "$command\${command:+ }$word" in
          ${paths
            .filter(({ path }) => path !== '')
            .map(({ path }) => `'${path}'`)
            .join('|')}) command="$command\${command:+ }$word" ;;
        esac ;;
    esac
  done
  if [[ $skipped == --token-file ]]; then _files; return; fi
  if [[ -n $skipped ]]; then return 1; fi
  if compset -P '*=@'; then _files; return; fi
  case $command in
${paths.map(candidatesOf).join('\n')}
  esac
  if [[ $PREFIX == *=* ]]; then compadd -a values; return; fi
  if [[ $PREFIX == -* ]]; then _describe -t options option options; return; fi
  if (( $#next )); then _describe -t commands command next; fi
  if (( $#names )); then _describe -t arguments argument names -S ''; fi
}
if [[ $funcstack[1] == ${name} ]]; then ${name} "$@"; else compdef ${name} ${program}; fi`;
}

function candidatesOf({ path, words, names, values, options }: CommandPath): string {
  return `    '${path}')
      next=(${words.map(described).join(' ')})
      names=(${names.map(described).join(' ')})
      values=(${values.join(' ')})
      options=(${options.map(described).join(' ')}) ;;`;
}

function described({ word, summary }: Candidate): string {
  return `'${`${word}:${summary}`.replaceAll("'", "'\\''")}'`;
}
