import { seconds } from '@hybrid-sync/trials';
import { type MongodbPart, whileFrozen } from '../system/deployment.js';
import { pick, START_MS } from './draw.js';
import { allLeaves, lasting } from './fault-scene.js';
import { kindOfFault } from './kind-of-fault.js';

/** SIGSTOP of MongoDB, and SIGCONT. */
export const freezeMongodb = kindOfFault({
  draw: (random, { mongodbFrozenMs }) => ({
    part: pick<MongodbPart>(random, ['engine', 'gateway', 'both']),
    frozenMs: mongodbFrozenMs,
  }),
  expectedMs: ({ frozenMs }) => frozenMs,
  words: ({ part, frozenMs }) => `freeze MongoDB (${part}) for ${seconds(frozenMs)}`,
  async bringAbout(scene, { part, frozenMs }) {
    const back = scene.downtimes.begin('mongodb', 'freeze-mongodb');
    await whileFrozen(scene.deployment.mongodb(part), () => lasting(frozenMs, scene));
    back();
  },
});

/** SIGKILL of MongoDB, and a start on its data. The gateway keeps no data, so the part always has the engine. */
export const killMongodb = kindOfFault({
  draw: (random, { mongodbDownMs }) => ({
    part: pick(random, ['engine', 'both'] as const),
    downMs: mongodbDownMs,
  }),
  expectedMs: ({ downMs }) => downMs + START_MS,
  words: ({ part, downMs }) => `SIGKILL MongoDB (${part}), back after ${seconds(downMs)}`,
  async bringAbout(scene, { part, downMs }) {
    const processes = scene.deployment.mongodb(part);
    const back = scene.downtimes.begin('mongodb', 'kill-mongodb');
    for (const process of processes) await process.kill();
    await lasting(downMs, scene);
    for (const process of processes.toReversed()) await process.start(scene.signal);
    back();
  },
});

const COLLECTIONS = { shadows: ['kv_shadow'], all: ['kv_shadow', 'outbox'] } as const;

/**
 * MongoDB answers, and refuses each single write of the shadows, or of all, with 16500 for being too many. No event is at
 * fault for that. Needs the gateway; a `mongod` is left alone. Mended when what had waited was drained.
 */
export const throttleMongodb = kindOfFault({
  draw: (random, { throttledMs }) => ({
    collections: pick(random, ['shadows', 'all'] as const),
    throttledMs,
  }),
  expectedMs: ({ throttledMs }) => throttledMs,
  words: ({ collections, throttledMs }) => `MongoDB throttled (${collections}) for ${seconds(throttledMs)}`,
  async bringAbout(scene, { collections, throttledMs }) {
    const { gateway } = scene.deployment;
    if (gateway === undefined) {
      scene.say('this MongoDB has no gateway that could throttle it: left out');
      return;
    }
    const back = scene.downtimes.begin('mongodb', 'throttle-mongodb');
    gateway.tell({ throttle: COLLECTIONS[collections] });
    try {
      await lasting(throttledMs, scene);
    } finally {
      gateway.tell({ throttle: [] });
    }
    back();
    await allLeaves('after MongoDB was throttled', scene);
  },
});
