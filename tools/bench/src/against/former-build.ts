import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OwnedParts, type ProgramSurroundings, UsageError } from '@hybrid-sync/trials';
import { outputOf } from './child-run.js';

/** The longest that git, an installation and a build may take, in seconds. */
const GIT_SECONDS = 120;
const INSTALL_SECONDS = 900;
const BUILD_SECONDS = 900;

/** The commit that a ref stands for. @throws UsageError when there is none */
export async function commitOf(ref: string, repository: string, signal: AbortSignal): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  try {
    return (await git(repository, args, signal)).trim();
  } catch {
    signal.throwIfAborted();
    throw new UsageError(`--against "${ref}": git knows no such commit`);
  }
}

/**
 * Checks a commit out into a temporary folder and builds it there, for as long as `work` takes.
 * @param work is given the folder
 * @throws Error with what npm said when the commit can't be built; what `work` throws
 */
export async function withBuildOf<T>(
  commit: string,
  repository: string,
  { progress, signal }: ProgramSurroundings,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await using owned = new OwnedParts();
  const parent = await mkdtemp(join(tmpdir(), 'hybrid-sync-against-'));
  const folder = join(parent, 'former');
  owned.add(() => rm(parent, { recursive: true, force: true }));
  // Where it is ended half-way, git removes what it has made.
  await git(repository, ['worktree', 'add', '--quiet', '--detach', folder, commit], signal);
  owned.add(async () => {
    // The files first, which may take longer than git is given; then git forgets the worktree. Not with the run's
    // signal, which may have come.
    await rm(folder, { recursive: true, force: true });
    const { signal: ofItsOwn } = new AbortController();
    await git(repository, ['worktree', 'remove', '--force', folder], ofItsOwn);
  });
  const npm = (args: readonly string[], atMostSeconds: number) =>
    outputOf({ command: 'npm', args, cwd: folder, atMostSeconds, signal });
  progress.say('npm ci in the former commit');
  await npm(['ci', '--include=dev', '--no-audit', '--no-fund'], INSTALL_SECONDS);
  progress.say('npm run build in the former commit');
  await npm(['run', 'build'], BUILD_SECONDS);
  return await work(folder);
}

function git(repository: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  return outputOf({ command: 'git', args, cwd: repository, atMostSeconds: GIT_SECONDS, signal });
}
