import { ServiceLine } from '@hybrid-sync/services/line';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

/** Several deadlines of a line, with the wait for a new connection. */
const PATIENCE = { timeout: 20_000 };
const NODES = { Pod, ProjectorNode };

let world: RealWorld;
let own: OwnRedis;
let looker: Redis;
/** Another database than that of the world, which is claimed with another Redis. */
let mongodb: URL;
let line: ServiceLine;
let node: Pod | ProjectorNode | undefined;
beforeAll(async () => {
  world = await realWorld(1);
  mongodb = new URL(world.settings.mongodbUrl);
  mongodb.pathname = `/${world.settings.namespace}-own`;
  own = await OwnRedis.start();
  looker = own.client();
  await looker.client('SETNAME', 'looker');
  line = await ServiceLine.to(own.url);
  await line.open();
});
afterEach(async () => {
  await node?.stop();
});
afterAll(async () => {
  await line.cut();
  await own.stop();
  await world.db.client.db(mongodb.pathname.slice(1)).dropDatabase();
  await world.stop();
});

/** Redis' ids of the connections of this name. */
async function idsOf(name: string): Promise<string[]> {
  const clients = String(await looker.client('LIST')).split('\n');
  return clients.filter((each) => each.includes(` name=${name} `)).map((each) => each.split(' ', 1)[0] ?? '');
}

describe.each([
  ['Pod', 'of the cache', 'hybrid-sync-api'],
  ['Pod', 'of the queues', 'hybrid-sync-api-queue'],
  ['Pod', 'of the worker', 'hybrid-sync-api-worker'],
  ['Pod', 'of the settings', 'hybrid-sync-api-settings'],
  ['Pod', 'in which the worker waits for jobs', ':{queue}:ZmFzdA=='],
  ['Pod', "of the fast queue's events", ':{queue}:ZmFzdA==:qe'],
  ['ProjectorNode', 'of the cache', 'hybrid-sync-projector'],
  ['ProjectorNode', 'of the queues', 'hybrid-sync-projector-queue'],
  ['ProjectorNode', 'of the worker', 'hybrid-sync-projector-worker'],
  ['ProjectorNode', 'of the settings', 'hybrid-sync-projector-settings'],
  ['ProjectorNode', 'in which the worker waits for jobs', ':{queue}:cHJvamVjdGlvbg=='],
] as const)('of a %s the connection %s alone', (kind, _, given) => {
  it('is replaced within seconds once its line went silent', async () => {
    const { namespace } = world.settings;
    const name = given.startsWith(':') ? `${namespace}${given}` : given;
    const env = {
      REDIS_URL: line.url,
      MONGODB_URL: mongodb.href,
      HYBRID_SYNC_NAMESPACE: namespace,
      HYBRID_SYNC_SLOTS: '1',
      REDIS_TIMEOUT_MS: '300',
    };
    node = new NODES[kind](loadSettings({ env }), pino({ level: 'silent' }));
    await node.start();
    await expect.poll(() => idsOf(name), PATIENCE).toHaveLength(1);
    const [before] = await idsOf(name);
    expect(line.silence((sent) => sent.includes(`\r\n${name}\r\n`))).toBeGreaterThan(0);
    await expect.poll(() => idsOf(name), PATIENCE).not.toContain(before);
    // BullMQ names its connections once, so a new one may have another name.
    const names = name.endsWith(':qe') ? 'hybrid-sync-api-worker' : name;
    await expect.poll(() => idsOf(names), PATIENCE).not.toEqual([]);
  });
});
