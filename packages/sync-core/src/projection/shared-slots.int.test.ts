import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { slotOf } from '../cache/keys.js';
import { loadSettings } from '../config/load-settings.js';
import { ProjectorNode } from '../node/projector-node.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';

const SLOTS = 16;
const PATIENCE = { timeout: 30_000, interval: 50 };

let world: RealWorld;
let version = 1;
const running: ProjectorNode[] = [];
beforeAll(async () => {
  world = await realWorld(SLOTS);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((projector) => projector.stop()));
});
afterAll(() => world.stop());

async function join(): Promise<ProjectorNode> {
  const { redisUrl, mongodbUrl, namespace } = world.settings;
  const env = {
    REDIS_URL: redisUrl,
    MONGODB_URL: mongodbUrl,
    HYBRID_SYNC_NAMESPACE: namespace,
    HYBRID_SYNC_SLOTS: String(SLOTS),
    PROJECTOR_CONCURRENCY: '2',
    PROJECTOR_SWEEP_MS: '200',
  };
  const projector = new ProjectorNode(loadSettings({ env }), pino({ level: 'silent' }));
  running.push(projector);
  await projector.start();
  return projector;
}

/** Adds an event to every slot, and resolves when all are in the shadows. */
async function drainRound(): Promise<void> {
  const keys = new Map<number, string>();
  for (let number = 0; keys.size < SLOTS; number++) keys.set(slotOf(`k${number}`, SLOTS), `k${number}`);
  version++;
  const events = [...keys].map(([slot, key]) => ({
    slot,
    key,
    version,
    op: 'set' as const,
    value: `v${version}`,
  }));
  await world.outbox.add(events);
  await expect.poll(() => world.outbox.countUnprocessed(100), PATIENCE).toBe(0);
}

const drained = (projector: ProjectorNode) => projector.metrics.projectedSoFar.outbox;

it('projectors that join get their share, and those that stay take over from one that dies or leaves', async () => {
  const projectors = [await join(), await join(), await join()];
  const [one, other, third] = projectors as [ProjectorNode, ProjectorNode, ProjectorNode];
  await expect
    .poll(async () => {
      await drainRound();
      return projectors.map(drained).every((events) => events > 0);
    }, PATIENCE)
    .toBe(true);
  // It says nothing more, and gives nothing back.
  one.stores.redis.disconnect();
  await drainRound();
  await other.stop();
  const before = drained(third);
  await drainRound();
  expect(drained(third)).toBe(before + SLOTS);
  const fourth = await join();
  await expect
    .poll(async () => {
      await drainRound();
      return drained(fourth);
    }, PATIENCE)
    .toBeGreaterThan(0);
}, 120_000);
