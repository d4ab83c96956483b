import type { ServiceProcess } from '@hybrid-sync/services';
import { seconds } from '@hybrid-sync/trials';
import type { Deployment } from '../system/deployment.js';
import { pick, START_MS } from './draw.js';
import { lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';

/** What of MongoDB is hit: the database engine, the wire protocol's gateway in front of it, or both. */
export type MongodbPart = 'engine' | 'gateway' | 'both';

/** The processes of a part. A `mongod` has no gateway; the engine is then hit in its place. */
export function processesOf({ engine, gateway }: Deployment, part: MongodbPart): ServiceProcess[] {
  if (gateway === undefined) return [engine];
  if (part === 'both') return [gateway, engine];
  return [part === 'engine' ? engine : gateway];
}

/** SIGSTOP of MongoDB, and SIGCONT. */
export const freezeMongodb: KindOfFault<{ readonly part: MongodbPart; readonly frozenMs: number }> = {
  draw: (random, { mongodbFrozenMs }) => ({
    part: pick<MongodbPart>(random, ['engine', 'gateway', 'both']),
    frozenMs: mongodbFrozenMs,
  }),
  expectedMs: ({ frozenMs }) => frozenMs,
  words: ({ part, frozenMs }) => `freeze MongoDB (${part}) for ${seconds(frozenMs)}`,
  async bringAbout(scene, { part, frozenMs }) {
    const processes = processesOf(scene.deployment, part);
    const back = scene.downtimes.begin('mongodb', 'freeze-mongodb');
    for (const process of processes) await process.signal('SIGSTOP');
    await lasting(frozenMs, scene);
    for (const process of processes.toReversed()) await process.signal('SIGCONT');
    back();
  },
};

/** SIGKILL of MongoDB, and a start on its data. The gateway keeps no data, so the part always has the engine. */
export const killMongodb: KindOfFault<{
  readonly part: Exclude<MongodbPart, 'gateway'>;
  readonly downMs: number;
}> = {
  draw: (random, { mongodbDownMs }) => ({
    part: pick(random, ['engine', 'both'] as const),
    downMs: mongodbDownMs,
  }),
  expectedMs: ({ downMs }) => downMs + START_MS,
  words: ({ part, downMs }) => `SIGKILL MongoDB (${part}), back after ${seconds(downMs)}`,
  async bringAbout(scene, { part, downMs }) {
    const { deployment, downtimes, signal } = scene;
    const processes = processesOf(deployment, part);
    const back = downtimes.begin('mongodb', 'kill-mongodb');
    for (const process of processes) await process.kill();
    await lasting(downMs, scene);
    for (const process of processes.toReversed()) await process.start(signal);
    back();
  },
};
