import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FolderUnusableError, messageOf } from '../errors.js';

/** What the system says of a folder that can't be used, in words. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is read-only',
  ENOSPC: 'no space is left there',
  EDQUOT: "this user's share of the disk is used up",
  ENOTDIR: 'it, or a part of its path, is a file',
  EEXIST: 'it is a file',
  ENOENT: 'a part of its path leads nowhere',
  ELOOP: 'its path leads in a circle',
  ENAMETOOLONG: 'its path is too long',
};
/** How much is written to see whether there is room, in bytes. */
const PROBE_BYTES = 1024 * 1024;

/** A folder of which a person may choose another one. */
export interface ChosenFolder {
  /** What it is for, such as `data folder`. */
  readonly what: string;
  readonly path: string;
  /** The environment variable that names it. */
  readonly variable: string;
}

/** Creates a folder, for its owner alone, and makes sure that it can be written to. @throws FolderUnusableError */
export async function requireUsable(folder: ChosenFolder): Promise<void> {
  try {
    await mkdir(folder.path, { recursive: true, mode: 0o700 });
    const probe = join(folder.path, `.probe-${process.pid}`);
    try {
      const file = await open(probe, 'w', 0o600);
      try {
        await file.writeFile(Buffer.alloc(PROBE_BYTES));
      } finally {
        await file.close();
      }
    } finally {
      await rm(probe, { force: true });
    }
  } catch (error) {
    throw faultOf(folder, error) ?? error;
  }
}

/** The error to tell of what went wrong in a folder; undefined where the folder is not to blame. */
export function faultOf(
  { what, path, variable }: ChosenFolder,
  error: unknown,
): FolderUnusableError | undefined {
  const { code, path: where } = (error instanceof Error ? error : {}) as NodeJS.ErrnoException;
  const words = code === undefined ? undefined : WORDS[code];
  if (words === undefined || (where !== undefined && !where.startsWith(path))) return undefined;
  return new FolderUnusableError(
    `The ${what} ${path} can't be used: ${words} (${messageOf(error)}). ` +
      `Mend that, or name another folder by ${variable}.`,
    { cause: error },
  );
}
