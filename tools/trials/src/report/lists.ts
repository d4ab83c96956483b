import type { RestFindings } from '../checks/check-at-rest.js';

/** Most differing keys that are listed. */
const MOST_LISTED = 10;

/** Lines under a title, each a little in; nothing for no lines. */
export function listed(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}\n${lines.map((line) => `  ${line}`).join('\n')}`];
}

/** A line for each of the first writes that were lost. */
export function lostLines({ first }: RestFindings['lostWrites']): string[] {
  return first.map(
    ({ key, version, where, found }) => `${key}: version ${version}, but the ${where} has ${found}`,
  );
}

/** A line for each of the first keys in which cache and shadow differ. */
export function differenceLines({ differences }: RestFindings['comparison']): string[] {
  return differences
    .slice(0, MOST_LISTED)
    .map(
      ({ key, kind, cacheVersion, shadowVersion }) =>
        `${key}: ${kind} (cache ${cacheVersion ?? 'nothing'}, shadow ${shadowVersion ?? 'nothing'})`,
    );
}

/** The verdict of a run that failed. */
export function failedFor(faults: readonly string[]): string {
  return `FAILED:\n${faults.map((fault) => `  ${fault}`).join('\n')}`;
}
