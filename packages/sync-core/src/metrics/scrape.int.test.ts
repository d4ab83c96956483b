import { Collection } from 'mongodb';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { Pod } from '../node/pod.js';
import { ProjectorNode } from '../node/projector-node.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';

const PATIENCE = { timeout: 20_000, interval: 20 };
const log = pino({ level: 'silent' });

let world: RealWorld;
const nodes: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  world = await realWorld(2);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());
afterEach(async () => {
  vi.restoreAllMocks();
  for (const node of nodes.splice(0)) await node.stop();
});

async function start<Node extends Pod | ProjectorNode>(Kind: new (...args: [Loaded, typeof log]) => Node) {
  const { redisUrl, mongodbUrl, namespace } = world.settings;
  const own = { REDIS_URL: redisUrl, MONGODB_URL: mongodbUrl, HYBRID_SYNC_NAMESPACE: namespace };
  const loaded = loadSettings({ env: { ...own, HYBRID_SYNC_SLOTS: '2', METRICS_SAMPLE_MS: '100' } });
  const node = new Kind(loaded, log);
  nodes.push(node);
  await node.start();
  return node;
}
type Loaded = ReturnType<typeof loadSettings>;

const lines = async ({ metrics }: Pod | ProjectorNode, of: RegExp) =>
  (await metrics.registry.metrics()).split('\n').filter((line) => of.test(line));

describe('a scrape', () => {
  it.each([Pod, ProjectorNode])(
    'asks neither Redis nor MongoDB, and so costs the same whatever waits: %o',
    async (Kind) => {
      const node = await start<Pod | ProjectorNode>(Kind);
      const WAITING = /^hybrid_sync_(?:outbox_unprocessed|outbox_dead_letters|journal_pending)\b/;
      await expect.poll(() => lines(node, WAITING), PATIENCE).toHaveLength(3);
      // With no sampling in the background any more, and no connection, whatever is asked now a scrape asks.
      await node.stop();
      const redis = node.stores.redis.at('any');
      const asked = [vi.spyOn(redis, 'sendCommand'), vi.spyOn(redis, 'connect')] as {
        mock: { calls: unknown[] };
      }[];
      for (const read of [
        'find',
        'findOne',
        'countDocuments',
        'estimatedDocumentCount',
        'aggregate',
      ] as const)
        asked.push(vi.spyOn(Collection.prototype, read));
      expect(await lines(node, WAITING)).toHaveLength(3);
      expect(asked.flatMap(({ mock }) => mock.calls)).toEqual([]);
    },
  );
});

describe('a change of a setting', () => {
  it('is counted by every process, with the name of the setting', async () => {
    const [pod, projector] = [
      await start<Pod | ProjectorNode>(Pod),
      await start<Pod | ProjectorNode>(ProjectorNode),
    ];
    await pod.deployment.set({ asyncTimeoutMs: 1500 }, { by: 'ops' });
    await pod.deployment.set({ asyncTimeoutMs: 1600 }, { by: 'ops' });
    await expect
      .poll(() => lines(pod, /^hybrid_sync_settings_changes_total/), PATIENCE)
      .toEqual([expect.stringMatching(/setting="app\.sync\.async-timeout-ms".* 2$/)]);
    // A process may hear of both at once.
    await expect
      .poll(() => lines(projector, /^hybrid_sync_settings_changes_total/), PATIENCE)
      .toEqual([expect.stringMatching(/setting="app\.sync\.async-timeout-ms".* [12]$/)]);
  });
});
