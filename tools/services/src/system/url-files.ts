import { readFileSync } from 'node:fs';
import { ServicesError } from '../errors.js';

/** Variables that a file may hold, as secrets are mounted: its path is in the one with `_FILE` at its end. */
const IN_FILES = ['REDIS_URL', 'QUEUE_REDIS_URL', 'MONGODB_URL'];

/**
 * An environment in which each such file's content stands for the variable itself, and no variable names a file: the api
 * and the projector, which read such files too, refuse to be given both.
 * @throws ServicesError naming the variable whose file can't be used; it quotes neither content nor path
 */
export function withUrlFiles(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const result = { ...env };
  for (const variable of IN_FILES) {
    const fileVariable = `${variable}_FILE`;
    const file = env[fileVariable];
    if (!file) continue;
    if (env[variable]) throw new ServicesError(`${fileVariable}: give it or ${variable}, not both`);
    result[variable] = contentOf(file, fileVariable);
    delete result[fileVariable];
  }
  return result;
}

function contentOf(file: string, fileVariable: string): string {
  let content: string;
  try {
    content = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ServicesError(
      `${fileVariable}: its file can't be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  if (content === '') throw new ServicesError(`${fileVariable}: its file is empty`);
  return content;
}
