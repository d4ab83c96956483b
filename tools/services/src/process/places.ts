import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Whether there is anything at a path; with `mode` X_OK, whether it may be run. */
export async function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** The first of some programs that the PATH has, as a full path; names are tried in order. */
export async function findExecutable(names: readonly string[]): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of paths) if (await exists(path, constants.X_OK)) return path;
  return undefined;
}

/** Folder for what is costly to get and the same for every checkout. */
export function cacheFolder(): string {
  const { env } = process;
  return env.HYBRID_SYNC_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hybrid-sync');
}
