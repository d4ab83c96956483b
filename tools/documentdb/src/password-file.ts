import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Random bytes of a password: beyond guessing. */
const PASSWORD_BYTES = 24;

/** The password in a file; undefined where there is none yet. */
export async function readPassword(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim() || undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A new random password, of letters, digits, `-` and `_`. */
export function newPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

/** Keeps a password in a file that is its owner's alone. */
export async function keepPassword(file: string, password: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.unfinished`;
  await writeFile(unfinished, `${password}\n`, { mode: 0o600 });
  await chmod(unfinished, 0o600);
  await rename(unfinished, file);
}

/** The password in a file, made at the first time. */
export async function passwordIn(file: string): Promise<string> {
  const kept = await readPassword(file);
  if (kept !== undefined) return kept;
  const password = newPassword();
  await keepPassword(file, password);
  return password;
}
