import { ServiceLine } from '@hybrid-sync/services/line';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

const SLOTS = 4;
const log = pino({ level: 'silent' });
const NODES = { Pod, ProjectorNode };
type Kind = keyof typeof NODES;
const KINDS = Object.keys(NODES) as Kind[];

let world: RealWorld;
beforeAll(async () => {
  world = await realWorld(SLOTS);
});
afterAll(() => world.stop());

/** A line to a store, open, until the test ends. */
async function lineTo(url: string, test: TestContext): Promise<ServiceLine> {
  const line = await ServiceLine.to(url);
  await line.open();
  test.onTestFinished(() => line.cut());
  return line;
}

/** A node that has started, with lines of its own to its stores. */
async function startOnLines(kind: Kind, test: TestContext) {
  const { redisUrl, mongodbUrl, namespace } = world.settings;
  const redis = await lineTo(redisUrl, test);
  const mongodb = await lineTo(mongodbUrl, test);
  const own = { HYBRID_SYNC_NAMESPACE: namespace, HYBRID_SYNC_SLOTS: String(SLOTS) };
  const loaded = loadSettings({ env: { REDIS_URL: redis.url, MONGODB_URL: mongodb.url, ...own } });
  const node = new NODES[kind](loaded, log);
  test.onTestFinished(() => node.stop());
  await node.start();
  return { node, redis, mongodb };
}

// Each waits for deadlines, so they do it together.
describe.concurrent.each(KINDS)('the stop of a %s', (kind) => {
  it.for(['redis', 'mongodb'] as const)('comes to an end when %s has gone', async (gone, test) => {
    const { node, ...lines } = await startOnLines(kind, test);
    await lines[gone].cut();
    await node.stop();
    const { redis, mongodb } = lines;
    await test.expect.poll(() => redis.connections + mongodb.connections).toBe(0);
  });

  it('comes to an end when both hang', async (test) => {
    const { node, redis, mongodb } = await startOnLines(kind, test);
    redis.freeze();
    mongodb.freeze();
    await test.expect(node.stop()).resolves.toBeUndefined();
  });
});
