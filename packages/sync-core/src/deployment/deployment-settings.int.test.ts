import { ServiceLine } from '@hybrid-sync/services/line';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveSettings } from '../config/live-settings.js';
import { loadSettings } from '../config/load-settings.js';
import { InvalidInputError, RevisionConflictError } from '../errors.js';
import { openStores } from '../node/stores.js';
import { connected } from '../redis/connect-redis.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { DeploymentSettings } from './deployment-settings.js';

const PATIENCE = { timeout: 20_000, interval: 10 };
/** So long that only a notice can tell of a change in time. */
const NEVER_MS = 3_600_000;
const BY = { by: 'ops' };
const log = pino({ level: 'silent' });
const warn = vi.spyOn(log, 'warn');

let world: RealWorld;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  world = await realWorld(2);
});
afterAll(() => world.stop());
beforeEach(() => {
  vi.clearAllMocks();
  return world.clear();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Node {
  readonly live: LiveSettings;
  readonly deployment: DeploymentSettings;
  /** How often it has looked so far. */
  looks(): number;
  /** Where it follows the deployment: the revision, and what is in force. */
  state(): object;
}

/** What a process has of the settings, with connections of its own. */
async function startNode({
  env = {},
  role = 'node',
  lookMs,
}: {
  env?: Record<string, string>;
  role?: string;
  lookMs?: number;
} = {}): Promise<Node> {
  const { redisUrl, mongodbUrl, namespace } = world.settings;
  const own = { REDIS_URL: redisUrl, MONGODB_URL: mongodbUrl, HYBRID_SYNC_NAMESPACE: namespace };
  const live = new LiveSettings(loadSettings({ env: { ...own, ...env } }));
  const stores = openStores(live, role, log);
  const read = vi.spyOn(stores.settingsStore, 'read');
  const deployment = new DeploymentSettings(live, stores.settingsStore, role, log, lookMs);
  ends.push(async () => {
    await deployment.stop();
    await stores.stop();
  });
  await connected(stores.redis);
  await deployment.look();
  deployment.start();
  const looks = () => read.mock.calls.length;
  return { live, deployment, looks, state: () => ({ revision: live.revision, settings: live.current }) };
}

/** How many processes hear of changes at once. */
const listeners = async () => Number((await world.redis.pubsub('NUMSUB', world.settingsStore.channel))[1]);

describe('a change at run time', () => {
  it('is in force in every process, those included that start later, until it is reset', async () => {
    const [one, other] = [await startNode(), await startNode({ env: { ASYNC_TIMEOUT_MS: '7' } })];
    const change = { ...BY, reason: 'peak' };
    expect(await one.deployment.set({ asyncTimeoutMs: 1500, mode: 'hybrid' }, change)).toBe(1);
    expect(one.live.current).toMatchObject({ asyncTimeoutMs: 1500, mode: 'hybrid' });
    await expect.poll(() => other.live.current.asyncTimeoutMs, PATIENCE).toBe(1500);
    const later = await startNode();
    expect(later.live.current).toMatchObject({ asyncTimeoutMs: 1500, mode: 'hybrid' });
    expect(later.live.origins.mode).toMatchObject({ source: 'run-time', revision: 1, by: 'ops' });

    expect(await other.deployment.reset(undefined, BY)).toBe(2);
    await expect.poll(() => [one.live.revision, later.live.revision], PATIENCE).toEqual([2, 2]);
    expect(one.live.current).toEqual(one.live.loaded.settings);
    expect(other.live.current.asyncTimeoutMs).toBe(7);
    expect(later.live.origins.mode).toEqual({ source: 'default' });
    // Nothing but the number of the last change, and whose it was, is left of it.
    expect(await world.redis.hkeys(`${world.settings.namespace}:{settings}`)).toEqual(['revision', 'by']);
  });

  it('adds to those before it; each setting can go back alone', async () => {
    const { live, deployment } = await startNode();
    await deployment.set({ asyncTimeoutMs: 1500, mode: 'hybrid' }, BY);
    await deployment.set({ mode: null, maxAsyncThreads: 3 }, { by: 'other' });
    expect(live.current).toMatchObject({ asyncTimeoutMs: 1500, mode: 'adaptive', maxAsyncThreads: 3 });
    expect(live.origins.asyncTimeoutMs).toMatchObject({ revision: 1, by: 'ops' });
    expect(live.origins.maxAsyncThreads).toMatchObject({ revision: 2, by: 'other' });
    await deployment.reset(['ASYNC_TIMEOUT_MS'], BY);
    expect(live.current).toMatchObject({ asyncTimeoutMs: 2000, maxAsyncThreads: 3 });
  });

  it('has a line in the log that says whose it was, the reset too', async () => {
    const info = vi.spyOn(log, 'info');
    const { deployment } = await startNode();
    await deployment.set({ mode: 'hybrid' }, { by: 'ops' });
    await deployment.reset(undefined, { by: 'other' });
    const lines = info.mock.calls.filter(([, text]) => text === 'settings changed at run time');
    expect(lines.map(([line]) => line)).toEqual([
      { revision: 1, by: 'ops', settings: { 'app.sync.mode': 'hybrid' } },
      { revision: 2, by: 'other', settings: { 'app.sync.mode': 'adaptive' } },
    ]);
  });

  it('is refused whole when one value is bad', async () => {
    const { live, deployment } = await startNode();
    const bad = deployment.set({ mode: 'hybrid', asyncTimeoutMs: 0 }, BY);
    await expect(bad).rejects.toThrow(InvalidInputError);
    await expect(deployment.reset(['mode', 'colour'], BY)).rejects.toThrow(InvalidInputError);
    expect(await world.redis.keys(`${world.settings.namespace}:{settings}*`)).toEqual([]);
    expect(live.revision).toBe(0);
  });

  it('for another revision than the present one is refused, and changes nothing', async () => {
    const { live, deployment } = await startNode();
    await deployment.set({ mode: 'hybrid' }, { ...BY, ifRevision: 0 });
    const late = deployment.set({ mode: 'event-only' }, { ...BY, ifRevision: 0 });
    await expect(late).rejects.toMatchObject({ code: 'REVISION_CONFLICT', revision: 1 });
    const reset = deployment.reset(undefined, { ...BY, ifRevision: 7 });
    await expect(reset).rejects.toThrow(RevisionConflictError);
    await deployment.look();
    expect(live.current.mode).toBe('hybrid');
    expect(await deployment.history(10)).toHaveLength(1);
  });
});

describe('fifty changes at the same time from five processes', () => {
  it('end with one state everywhere, and all are in the history, in the order in which they took effect', async () => {
    const nodes = await Promise.all(Array.from({ length: 5 }, () => startNode()));
    const paths = ['app.sync.async-timeout-ms', 'app.sync.max-async-threads', 'app.load.sample-ms'];
    const revisions = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const path = paths[index % paths.length] ?? '';
        const deployment = nodes[index % nodes.length]?.deployment;
        return index % 10 === 9
          ? deployment?.reset([path], { by: `client-${index}` })
          : deployment?.set({ [path]: 100 + index }, { by: `client-${index}` });
      }),
    );
    const upTo50 = Array.from({ length: 50 }, (_, index) => index + 1);
    expect(revisions.toSorted((a, b) => Number(a) - Number(b))).toEqual(upTo50);
    await expect.poll(() => nodes.map(({ live }) => live.revision), PATIENCE).toEqual(nodes.map(() => 50));

    const late = await startNode();
    for (const node of nodes) expect(node.state()).toEqual(late.state());
    const history = (await late.deployment.history(100)).toReversed();
    expect(history.map(({ revision }) => revision)).toEqual(upTo50);
    expect(new Set(history.map(({ by }) => by)).size).toBe(50);
    const replayed = new Map<string, unknown>();
    for (const { settings } of history) {
      for (const { name, before, after } of settings) {
        expect(before).toBe(replayed.get(name));
        replayed.set(name, after);
      }
    }
    const { values } = await world.settingsStore.read();
    expect(paths.map((path) => values.get(path)?.value)).toEqual(paths.map((path) => replayed.get(path)));
  });

  it('lose no update where each is for the revision that it read', async () => {
    const nodes = await Promise.all(Array.from({ length: 5 }, () => startNode()));
    await nodes[0]?.deployment.set({ asyncTimeoutMs: 1000 }, BY);
    const increment = async ({ live, deployment }: Pick<Node, 'live' | 'deployment'>): Promise<void> => {
      await deployment.look();
      const { revision, current } = live;
      try {
        await deployment.set({ asyncTimeoutMs: current.asyncTimeoutMs + 1 }, { ...BY, ifRevision: revision });
      } catch (error) {
        if (!(error instanceof RevisionConflictError)) throw error;
        await increment({ live, deployment });
      }
    };
    await Promise.all(nodes.flatMap((node) => Array.from({ length: 10 }, () => increment(node))));
    const { live } = await startNode();
    expect(live).toMatchObject({ revision: 51, current: { asyncTimeoutMs: 1050 } });
  });
});

describe('a process', () => {
  it('hears of a change at once, without looking for it', async () => {
    const [one, other] = [await startNode(), await startNode({ lookMs: NEVER_MS })];
    await expect.poll(listeners, PATIENCE).toBe(2);
    await one.deployment.set({ mode: 'hybrid' }, BY);
    await expect.poll(() => other.live.current.mode, PATIENCE).toBe('hybrid');
  });

  it('that was cut off from notices follows all the same', async () => {
    const [one, deaf] = [await startNode({ lookMs: NEVER_MS }), await startNode({ role: 'deaf' })];
    await expect.poll(listeners, PATIENCE).toBe(2);
    const clients = String(await world.redis.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n');
    const id = /id=(\d+)/.exec(clients.find((line) => line.includes('name=hybrid-sync-deaf')) ?? '')?.[1];
    expect(await world.redis.client('KILL', 'ID', Number(id))).toBe(1);
    await one.deployment.set({ mode: 'hybrid' }, BY);
    await expect.poll(() => deaf.live.current.mode, PATIENCE).toBe('hybrid');
    await expect.poll(listeners, PATIENCE).toBe(2);
  });

  it('keeps the last known settings while Redis is away, says so once, and then catches up', async () => {
    const line = await ServiceLine.to(world.settings.redisUrl);
    await line.open();
    ends.push(() => line.cut());
    const [one, away] = [await startNode(), await startNode({ env: { REDIS_URL: line.url }, lookMs: 20 })];
    await one.deployment.set({ asyncTimeoutMs: 1500 }, BY);
    await expect.poll(() => away.live.revision, PATIENCE).toBe(1);
    await line.cut();
    await one.deployment.set({ asyncTimeoutMs: 1600, mode: 'hybrid' }, BY);
    await expect(away.deployment.look()).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    await expect(away.deployment.set({ mode: 'adaptive' }, BY)).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
    });
    const complaints = () =>
      warn.mock.calls.filter(([, message]) => String(message).includes('last known settings stay'));
    await expect.poll(complaints, PATIENCE).toHaveLength(1);
    const looks = away.looks();
    await expect.poll(away.looks, PATIENCE).toBeGreaterThan(looks + 3);
    expect(away.live).toMatchObject({ revision: 1, current: { asyncTimeoutMs: 1500, mode: 'adaptive' } });
    await line.open();
    await expect.poll(() => away.live.revision, PATIENCE).toBe(2);
    expect(away.live.current).toEqual({ ...one.live.current, redisUrl: line.url });
    expect(complaints()).toHaveLength(1);
  });

  it('follows what Redis holds also where that has lost a change, and says so', async () => {
    const { live, deployment } = await startNode();
    await deployment.set({ mode: 'hybrid' }, BY);
    await deployment.set({ asyncTimeoutMs: 1500 }, BY);
    await world.clear();
    await expect.poll(() => live.revision, PATIENCE).toBe(0);
    expect(live.current).toEqual(live.loaded.settings);
    expect(warn.mock.calls).toEqual([[{ revision: 0, known: 2 }, expect.stringContaining('has lost')]]);
  });

  it('takes what it can use of what another version has set, and says once what it can not', async () => {
    const { live, deployment } = await startNode();
    await deployment.set({ mode: 'hybrid' }, BY);
    const foreign = { 'value:app.colour': '"blue"', 'value:app.sync.async-timeout-ms': '{', revision: 9 };
    await world.redis.hset(`${world.settings.namespace}:{settings}`, foreign);
    await deployment.look();
    await deployment.look();
    expect(live.current).toEqual({ ...live.loaded.settings, mode: 'hybrid' });
    expect(warn.mock.calls).toHaveLength(1);
    expect(JSON.stringify(warn.mock.calls)).toMatch(/app\.colour.*async-timeout-ms/);
    await deployment.reset(undefined, BY);
    expect((await world.settingsStore.read()).values.size).toBe(0);
  });
});
