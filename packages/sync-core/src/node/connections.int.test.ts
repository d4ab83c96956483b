import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

let cache: OwnRedis;
let queues: OwnRedis;
let world: RealWorld;
beforeAll(async () => {
  [cache, queues] = await Promise.all([OwnRedis.start(), OwnRedis.start()]);
  world = await realWorld(1, { REDIS_URL: cache.url, QUEUE_REDIS_URL: queues.url });
});
afterAll(async () => {
  await world.stop();
  await Promise.all([cache.stop(), queues.stop()]);
});

/** Connections of a Redis that bear a name, but those of the test. */
async function connectionsOf(redis: OwnRedis): Promise<number> {
  const list = (await redis.client().client('LIST')) as string;
  const names = list.split('\n').map((line) => / name=(\S*)/.exec(line)?.[1] ?? '');
  return names.filter((name) => name !== '' && name !== 'hybrid-sync-tool').length;
}

it.each([
  ['a pod', Pod, { cache: 2, queues: 3 }],
  ['a projector', ProjectorNode, { cache: 2, queues: 3 }],
])('%s has as many connections to Redis as docs/operations.md says', async (_, Kind, expected) => {
  const { redisUrl, queueRedisUrl = '', mongodbUrl, namespace } = world.settings;
  const env = {
    REDIS_URL: redisUrl,
    QUEUE_REDIS_URL: queueRedisUrl,
    MONGODB_URL: mongodbUrl,
    HYBRID_SYNC_NAMESPACE: namespace,
    HYBRID_SYNC_SLOTS: '1',
  };
  const node = new Kind(loadSettings({ env }), pino({ level: 'silent' }));
  try {
    await node.start();
    const counts = async () => ({ cache: await connectionsOf(cache), queues: await connectionsOf(queues) });
    await expect.poll(counts).toEqual(expected);
  } finally {
    await node.stop();
  }
});
