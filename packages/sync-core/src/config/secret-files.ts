import { readFileSync, statSync } from 'node:fs';
import { SETTINGS, type SettingName } from './settings.js';

/** Settings that may hold a password and that a file may hold, each named by the variable with `_FILE` at its end. */
export const IN_SECRET_FILES = ['redisUrl', 'queueRedisUrl', 'mongodbUrl'] as const satisfies SettingName[];

/** Largest such file, in bytes. */
const MAX_FILE_BYTES = 100_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * An environment in which the content of each file that a `…_FILE` variable names stands for the setting itself.
 * `problems`: what is wrong with them, by the names of the variables. It quotes neither content nor path, since the
 * secret itself may stand where its path should.
 */
export function withSecretFiles(env: Environment): { env: Environment; problems: string[] } {
  const read: Record<string, string> = {};
  const problems: string[] = [];
  for (const { env: variable } of IN_SECRET_FILES.map((name) => SETTINGS[name])) {
    const fileVariable = `${variable}_FILE`;
    const file = env[fileVariable];
    if (!file) continue;
    const content = env[variable] ? { fault: `give it or ${variable}, not both` } : secretIn(file);
    if ('fault' in content) problems.push(`${fileVariable}: ${content.fault}`);
    else read[variable] = content.secret;
  }
  return { env: { ...env, ...read }, problems };
}

function secretIn(file: string): { secret: string } | { fault: string } {
  try {
    if (statSync(file).size > MAX_FILE_BYTES)
      return { fault: `its file is larger than ${MAX_FILE_BYTES} bytes` };
    const secret = readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
    return secret.trim() === '' ? { fault: 'its file is empty' } : { secret };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { fault: `its file can't be read${code === undefined ? '' : ` (${code})`}` };
  }
}
