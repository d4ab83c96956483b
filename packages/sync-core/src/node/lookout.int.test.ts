import { ServiceLine } from '@hybrid-sync/services/line';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { CacheKeys } from '../cache/keys.js';
import { loadSettings } from '../config/load-settings.js';
import { aSet } from '../testing/mutations.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Backlog } from '../watch/backlog.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

const SLOTS = 4;
const PATIENCE = { timeout: 20_000, interval: 20 };

let world: RealWorld;
const owned: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  world = await realWorld(SLOTS);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());
afterEach(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

async function start<Node extends Pod | ProjectorNode>(
  Kind: new (...args: ConstructorParameters<typeof Pod>) => Node,
  env: Record<string, string> = {},
): Promise<Node> {
  const { redisUrl, mongodbUrl, namespace } = world.settings;
  const loaded = loadSettings({
    env: {
      REDIS_URL: redisUrl,
      MONGODB_URL: mongodbUrl,
      HYBRID_SYNC_NAMESPACE: namespace,
      HYBRID_SYNC_SLOTS: String(SLOTS),
      LOAD_SAMPLE_MS: '50',
      ...env,
    },
  });
  const node = new Kind(loaded, pino({ level: 'silent' }));
  owned.push(() => node.stop());
  await node.start();
  return node;
}

const lookout = () => world.redis.get(new CacheKeys(world.settings.namespace, SLOTS).lookout());
const idOf = (pod: Pod) => pod.running.watch.heartbeat.id;
const level = (pod: Pod) => pod.running.load.level();

it('one pod counts what is of the whole deployment, and all know it', async () => {
  const one = await start(Pod);
  await expect.poll(lookout).toBe(idOf(one));
  const other = await start(Pod);
  const counts = vi.spyOn(other.stores.outbox, 'countUnprocessed');
  const depths = vi.spyOn(other.stores.journal, 'depth');
  await world.outbox.add([aSet('a', Date.now() * 1000)]);
  await expect.poll(() => other.running.watch.backlog.outbox.value()?.unprocessed, PATIENCE).toBe(1);
  await expect.poll(() => other.running.load.state.sample?.unprocessedEvents, PATIENCE).toBe(1);
  expect([counts.mock.calls.length, depths.mock.calls.length]).toEqual([0, 0]);
});

it('where the lookout dies another one takes over, and load stays known', async () => {
  const one = await start(Pod);
  const other = await start(Pod);
  await expect.poll(lookout).toBe(idOf(one));
  // It says no more, and gives nothing up.
  one.stores.redis.disconnect();
  await expect.poll(lookout, PATIENCE).toBe(idOf(other));
  await expect.poll(() => level(other), PATIENCE).toBe('normal');
  await expect.poll(() => other.running.load.state.sample?.pods, PATIENCE).toBe(1);
});

it('where it stops another one takes over at once', async () => {
  const one = await start(Pod);
  const other = await start(Pod);
  await one.stop();
  await expect.poll(lookout).toBe(idOf(other));
});

it('one that does not reach MongoDB lets another one look', async () => {
  const line = await ServiceLine.to(world.settings.mongodbUrl);
  await line.open();
  owned.push(() => line.cut());
  const one = await start(Pod, { MONGODB_URL: line.url, MONGODB_TIMEOUT_MS: '100' });
  const other = await start(Pod);
  await line.cut();
  await expect.poll(lookout, PATIENCE).toBe(idOf(other));
  for (const pod of [one, other]) await expect.poll(() => level(pod), PATIENCE).toBe('normal');
});

it('without any pod a projector counts what waits', async () => {
  await world.outbox.add([{ ...aSet('a', 5), slot: 0 }]);
  const projector = await start(ProjectorNode, { PROJECTOR_SWEEP_MS: '3600000' });
  const shown = () => projector.metrics.registry.getSingleMetricAsString('hybrid_sync_outbox_unprocessed');
  await expect.poll(shown, PATIENCE).toMatch(/ \d+$/m);
});

it.each([Pod, ProjectorNode])(
  'a process stays ready and warns of what no projector takes: %o',
  async (Kind) => {
    vi.spyOn(Backlog.prototype, 'notDrained', 'get').mockReturnValue([{ of: 'outbox', forMs: 42_000 }]);
    owned.push(async () => void vi.restoreAllMocks());
    const node = await start<Pod | ProjectorNode>(Kind as typeof Pod);
    await expect
      .poll(() => node.readiness(), PATIENCE)
      .toMatchObject({
        ready: true,
        warnings: [
          { name: 'NOT_DRAINED', of: 'outbox', forMs: 42_000, message: expect.stringContaining('for 42 s') },
        ],
      });
  },
);
