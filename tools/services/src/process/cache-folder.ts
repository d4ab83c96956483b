import { homedir } from 'node:os';
import { join } from 'node:path';

/** Folder for what is costly to get and the same for every checkout. */
export function cacheFolder(): string {
  const { env } = process;
  return env.HYBRID_SYNC_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hybrid-sync');
}
