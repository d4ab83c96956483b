import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a temporary folder, which is removed when `work` is done. `name`: what it is for, a part of its own name. */
export async function withFolder<T>(name: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `hybrid-sync-${name}-`));
  try {
    return await work(folder);
  } finally {
    // A process that was killed may still write its last.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
