import { join } from 'node:path';
import { DryMongoBinary, MongoBinary } from 'mongodb-memory-server-core';
import { MongoBinaryDownloadUrl } from 'mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl.js';
import { cacheFolder } from '../process/places.js';
import type { ProgressStep } from '../progress.js';

/** How long to try to reach the download before it counts as out of reach, in milliseconds. */
const PROBE_TIMEOUT_MS = 4_000;

/** What mongodb-memory-server is asked for: its mongods lie in the cache, outside the checkout. */
const wanted = () => ({ downloadDir: join(cacheFolder(), 'mongod') });

/** The mongod that an earlier run downloaded; undefined when there is none. */
export async function downloadedMongod(): Promise<string | undefined> {
  const options = await DryMongoBinary.generateOptions(wanted()).catch(() => undefined);
  if (options === undefined) return undefined;
  const [found, path] = await DryMongoBinary.generateDownloadPath(options);
  return found ? path : undefined;
}

/**
 * Downloads mongod with mongodb-memory-server.
 * @returns its path; undefined when the download can't be reached, or there is none for this system
 */
export async function downloadMongod(step: ProgressStep): Promise<string | undefined> {
  const present = await downloadedMongod();
  if (present !== undefined) return present;
  step.say('looking for a MongoDB to download');
  try {
    const options = await DryMongoBinary.generateOptions(wanted());
    const url = await new MongoBinaryDownloadUrl(options).getDownloadUrl();
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    if (!answer.ok) return undefined;
    step.say('downloading MongoDB (once)');
    return await MongoBinary.getPath(wanted());
  } catch {
    return undefined; // out of reach, or nothing for this system: there are other ways
  }
}
