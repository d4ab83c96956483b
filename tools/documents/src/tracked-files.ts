import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a repository that git knows and that are there, of these patterns, as paths from its root. */
export function trackedFiles(repository: string, ...patterns: readonly string[]): string[] {
  const listed = execFileSync('git', ['ls-files', '--', ...patterns], { cwd: repository, encoding: 'utf8' });
  return listed.split('\n').filter((file) => file !== '' && existsSync(join(repository, file)));
}
