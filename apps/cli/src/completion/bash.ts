import type { Candidate, CommandPath } from './command-path.js';

/**
 * For bash 3.2 and newer. Bash divides words at `=` and `@`, but what may come next depends on the undivided word: so
 * that one is taken from the line, and of each reply only what comes after its last divider is given back.
 */
export function bashScript(program: string, paths: readonly CommandPath[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  return `# Completion of ${program} for bash.
${name}() {
  local line=\${COMP_LINE:0:COMP_POINT} command='' skipped='' word candidates replies tail divider
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
    replies=$(compgen -W "$candidates" -- "$current")
  fi
  tail=$current
  for divider in '=' '@' ':'; do
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
  const all = [...words, ...names, ...options].map(({ word }: Candidate) => word);
  const withValues = values.map((value) => ` ${value}`).join('');
  return `      ${quoted(path)})
        candidates=${quoted(all.join(' '))}
        if [[ $current == *=* ]]; then candidates=${quoted(withValues.trim())}; fi ;;`;
}

function quoted(text: string): string {
  return `'${text}'`;
}
