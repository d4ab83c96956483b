import type { Candidate, CommandPath } from './command-path.js';

/**
 * For bash 3.2 and newer. Bash divides words at `=` and `:`, but what may come next depends on the undivided word: so
 * that one is taken from the line, and of each reply only what comes after its last divider is given back. (It also
 * divides them at `@`, but takes the `@` itself for a part of the word.)
 */
export function bashScript(program: string, paths: readonly CommandPath[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  return `# Completion of ${program} for bash.
${name}() {
  local line=\${COMP_LINE:0:COMP_POINT} command='' skipped='' word next values options replies tail divider
  local current=\${line##*[[:space:]]}
  local -a words
  read -ra words <<< "\${line%"$current"}"
  for word in "\${words[@]:1}"; do
    if [[ -n $skipped ]]; then skipped=''; continue; fi
    case $word in
      ${[...new Set(paths.flatMap(({ optionsWithValue }) => optionsWithValue))].join('|')}) skipped=$word ;;
      -*) ;;
      *)
        case "$command\${command:+ }$word" in
          ${paths
            .filter(({ path }) => path !== '')
            .map(({ path }) => quoted(path))
            .join('|')}) command="$command\${command:+ }$word" ;;
        esac ;;
    esac
  done
  COMPREPLY=()
  if [[ $skipped == --token-file ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
    return
  elif [[ -n $skipped ]]; then
    return
  elif [[ $current == *=@* ]]; then
    replies=$(compgen -f -P "\${current%%@*}@" -- "\${current#*@}")
  else
    case $command in
${paths.map(candidatesOf).join('\n')}
    esac
    case $current in
      -*) next=$options ;;
      *=*) next=$values ;;
    esac
    replies=$(compgen -W "$next" -- "$current")
  fi
  tail=$current
  for divider in '=' ':'; do
    if [[ $COMP_WORDBREAKS == *"$divider"* ]]; then tail=\${tail##*"$divider"}; fi
  done
  while IFS= read -r word; do
    if [[ -z $word ]]; then continue; fi
    if [[ $word != *= ]]; then word="$word "; fi
    COMPREPLY+=("\${word#"\${current%"$tail"}"}")
  done <<< "$replies"
}
complete -o nospace -F ${name} ${program}`;
}

function candidatesOf({ path, words, names, values, options }: CommandPath): string {
  const list = (candidates: readonly Candidate[]) => quoted(candidates.map(({ word }) => word).join(' '));
  return `      ${quoted(path)})
        next=${list([...words, ...names])} values=${quoted(values.join(' '))}
        options=${list(options)} ;;`;
}

function quoted(text: string): string {
  return `'${text}'`;
}
