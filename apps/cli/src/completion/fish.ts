import type { Candidate, CommandPath } from './command-path.js';

/** For fish 3 and newer. */
export function fishScript(program: string, paths: readonly CommandPath[]): string {
  const line = (condition: string, rest: string, summary: string) =>
    `complete -c ${program} -n ${quoted(condition)} ${rest}${summary === '' ? '' : ` -d ${quoted(summary)}`}`;
  const lines = paths.flatMap(({ path, words, names, values, options, optionsWithValue }) => {
    const condition = conditionOf(path, paths);
    const word = (candidate: Candidate) => line(condition, `-a ${quoted(candidate.word)}`, candidate.summary);
    return [
      ...words.map(word),
      ...names.map(word),
      ...values.map((value) => {
        const isNamed = `string match -q "${value.split('=')[0]}=*" -- (commandline -ct)`;
        return line(`${condition}; and ${isNamed}`, `-a ${quoted(value)}`, '');
      }),
      ...options.map((option) => {
        const files = option.word === '--token-file' ? ' -F' : ' -f';
        const value = optionsWithValue.includes(option.word) ? ` -r${files}` : '';
        return line(condition, `-l ${option.word.slice('--'.length)}${value}`, option.summary);
      }),
    ];
  });
  return [`# Completion of ${program} for fish.`, `complete -c ${program} -f`, ...lines].join('\n');
}

/** All words of the path have been typed, and none that would make it longer. */
function conditionOf(path: string, paths: readonly CommandPath[]): string {
  const longer = paths
    .filter((other) => other.path.startsWith(path === '' ? '' : `${path} `) && other.path !== path)
    .map((other) => other.path.slice(path === '' ? 0 : path.length + 1).split(' ')[0] ?? '');
  const seen = path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
  const notSeen =
    longer.length === 0 ? [] : [`not __fish_seen_subcommand_from ${[...new Set(longer)].join(' ')}`];
  return [...(path === '' ? [] : seen), ...notSeen].join('; and ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
