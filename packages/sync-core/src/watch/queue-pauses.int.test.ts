import { Queue } from 'bullmq';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { queuePrefix } from '../fast-path/fast-queue.js';
import { Pod } from '../node/pod.js';
import { ProjectorNode } from '../node/projector-node.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';

let world: RealWorld;
let pod: Pod;
let projector: ProjectorNode;
const lines: string[] = [];
beforeAll(async () => {
  world = await realWorld(2);
  const loaded = loadSettings({
    env: {
      REDIS_URL: world.settings.redisUrl,
      MONGODB_URL: world.settings.mongodbUrl,
      HYBRID_SYNC_NAMESPACE: world.settings.namespace,
      HYBRID_SYNC_SLOTS: '2',
    },
  });
  const log = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line).msg) });
  pod = new Pod(loaded, log);
  projector = new ProjectorNode(loaded, log);
  await Promise.all([pod.start(), projector.start()]);
});
afterAll(async () => {
  await Promise.all([pod.stop(), projector.stop()]);
  await world.stop();
});

const gauge = (node: Pod | ProjectorNode) =>
  node.metrics.registry.getSingleMetricAsString('hybrid_sync_queue_paused');

it.each(['fast', 'projection'] as const)(
  'a paused queue (%s) is told by readiness, metric and log',
  async (name) => {
    const connection = { url: world.settings.redisUrl };
    // With something to do, processes look every second.
    await pod.running.sync.set({ key: 'busy', value: name });
    const queue = new Queue(name, { connection, prefix: queuePrefix(world.settings.namespace) });
    await queue.pause();
    await expect.poll(() => pod.readiness().paused).toEqual([name]);
    await expect.poll(() => lines).toContainEqual(expect.stringContaining(`paused the ${name} queue`));
    expect(pod.readiness().ready).toBe(true);
    expect(await gauge(pod)).toMatch(new RegExp(`queue="${name}".* 1$`, 'm'));
    if (name === 'projection') {
      await expect.poll(() => projector.readiness().paused).toEqual([name]);
      expect(await gauge(projector)).toMatch(new RegExp(`queue="${name}".* 1$`, 'm'));
    }
    await queue.resume();
    await expect.poll(() => pod.readiness().paused).toEqual([]);
    await queue.close();
  },
);
