import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ServicesError } from '../errors.js';
import { cacheFolder, exists } from '../process/places.js';

/**
 * Finds another release of Node: npm's package of it is the program itself, without an install script. It is kept in the
 * cache folder, and fetched (40 MB) where it is not there yet.
 * @param version a major version, such as `26`, of which the newest is fetched, or a whole one
 * @returns its path
 * @throws ServicesError where there is none for this machine
 */
export async function findNode(version: string, cancelSignal?: AbortSignal): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cacheFolder(), `${name}-${version}`);
  const program = join(folder, 'node_modules', name, 'bin', 'node');
  if (await exists(program)) return program;
  try {
    await execa(
      'npm',
      ['install', '--prefix', folder, '--no-save', '--no-audit', '--ignore-scripts', `${name}@${version}`],
      { stdin: 'ignore', ...(cancelSignal && { cancelSignal }) },
    );
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new ServicesError(`Node ${version} could not be had from npm (${name}@${version}).`, {
      cause: error,
    });
  }
  return program;
}
