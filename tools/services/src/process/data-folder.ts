import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { FolderInUseError } from '../errors.js';
import { type ChosenFolder, faultOf, requireUsable } from './folder-fault.js';
import { forgetRecord, recordIdentity, runningFromRecord } from './process-identity.js';

/** The record of who has the folder. */
const OWNER = 'owner.json';
/** Age at which a lock that nobody refreshes counts as left behind by a crash, in milliseconds. */
const STALE_MS = 5_000;
/** How often a held lock is refreshed, in milliseconds. */
const REFRESH_MS = 1_000;

/**
 * Makes sure that no running process has a data folder. Someone may still take it in the next moment.
 * @throws FolderInUseError when one has it
 */
export async function requireUnused(folder: string): Promise<void> {
  const owner = await runningFromRecord(join(folder, OWNER));
  if (owner !== undefined) throw inUse(folder, owner.pid);
}

/**
 * Takes a data folder for this process alone, creating it if need be.
 * @returns gives the folder back
 * @throws FolderInUseError when a running process has it, FolderUnusableError when it can't be written to
 */
export async function occupyDataFolder(chosen: ChosenFolder): Promise<() => Promise<void>> {
  const folder = chosen.path;
  await requireUsable(chosen);
  await requireUnused(folder);
  let release: () => Promise<void>;
  try {
    release = await lock(folder, {
      stale: STALE_MS,
      lockfilePath: join(folder, 'owner.lock'),
      update: REFRESH_MS,
      // The owner is gone, but its lock is young: wait until it is stale.
      retries: { retries: Math.ceil(STALE_MS / 500) + 2, factor: 1, minTimeout: 500, maxTimeout: 500 },
      // After a suspended machine wakes up the lock looks stale. Ports and records still keep a second one out.
      onCompromised: () => undefined,
    });
  } catch (error) {
    if (isHeld(error)) throw inUse(folder, undefined, error);
    throw faultOf(chosen, error) ?? error;
  }
  await recordIdentity(join(folder, OWNER), process.pid);
  return async () => {
    await forgetRecord(join(folder, OWNER));
    await release().catch(() => undefined);
  };
}

/** Parts of a data folder, made by this package. */
const PARTS = ['redis', 'documentdb', 'mongodb', 'logs'];

/** Shuts the parts of a data folder to other users of the machine, those that an older version made included. */
export async function makePrivate(folder: string): Promise<void> {
  for (const part of PARTS) {
    await chmod(join(folder, part), 0o700).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** Whether taking a lock failed because someone has it. */
export function isHeld(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOCKED';
}

function inUse(folder: string, pid: number | undefined, cause?: unknown): FolderInUseError {
  const by = pid === undefined ? 'another process' : `process ${pid}`;
  return new FolderInUseError(
    `${folder} is in use by ${by}. Stop that one first (Ctrl-C in its terminal), or use another checkout.`,
    { cause },
  );
}
