import { type OwnCertificates, ownCertificates } from '@hybrid-sync/services/own-certificates';
import { OwnCluster } from '@hybrid-sync/services/own-cluster';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CacheKeys, slotOf } from '../cache/keys.js';
import { loadSettings } from '../config/load-settings.js';
import { connectCache, connected } from '../redis/connect-redis.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

const SLOTS = 8;
const PATIENCE = { timeout: 30_000 };
const KEYS = Array.from({ length: 60 }, (_, number) => `key-${number}`);
const log = pino({ level: 'silent' });

let certificates: OwnCertificates;
let cluster: OwnCluster;
let world: RealWorld;
let pod: Pod;
let projector: ProjectorNode;
/** The cluster's URL, with the files by which nodes and clients know each other. */
let url: string;
beforeAll(async () => {
  certificates = await ownCertificates();
  cluster = await OwnCluster.start({ tls: certificates });
  const { ca, client } = certificates;
  url = `${cluster.url}?tlsCAFile=${ca}&tlsCertificateFile=${client.certificate}&tlsKeyFile=${client.key}`;
  world = await realWorld(SLOTS, { REDIS_URL: url });
  const { mongodbUrl, namespace } = world.settings;
  const loaded = loadSettings({
    env: {
      REDIS_URL: url,
      MONGODB_URL: mongodbUrl,
      HYBRID_SYNC_NAMESPACE: namespace,
      HYBRID_SYNC_SLOTS: String(SLOTS),
      JOURNAL_WAIT_REPLICAS: '1',
    },
  });
  [pod, projector] = [new Pod(loaded, log), new ProjectorNode(loaded, log)];
  await Promise.all([pod.start(), projector.start()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([pod?.stop(), projector?.stop()]);
  await world?.stop();
  await cluster?.stop();
  await certificates?.remove();
});

const journaled = (key: string, value: string) =>
  pod.running.sync.set({ key, value }, { answer: 'journaled' });
const inShadows = async () =>
  new Map((await world.shadows.findMany(KEYS)).map(({ _id, lastValue }) => [_id, lastValue]));

it('a cluster behind TLS takes writes for each of its masters, and brings them to the shadows by its queues', async () => {
  const answers = await Promise.all(KEYS.map((key) => pod.running.sync.set({ key, value: key })));
  expect(new Set(answers.map(({ method }) => method))).not.toContain('JOURNALED');
  await expect.poll(inShadows, PATIENCE).toEqual(new Map(KEYS.map((key) => [key, key])));
});

it('it is not reached without the authority, nor without a certificate of its own', async () => {
  const { ca } = certificates;
  for (const stranger of [cluster.url, `${cluster.url}?tlsCAFile=${ca}`]) {
    const redis = connectCache(stranger, { role: 'stranger', log, deadlineMs: 2000 });
    await expect(connected(redis)).rejects.toThrow();
    redis.disconnect();
  }
});

it('only who writes has connections that wait for replicas', async () => {
  const clients = await Promise.all(pod.stores.redis.servers.map((master) => master.client('LIST')));
  const names = new Set(clients.join('').match(/(?<=name=hybrid-sync-)[\w-]+/g));
  expect([...names].filter((name) => name.endsWith('-replicas'))).toEqual(['api-replicas']);
  expect(names).toContain('projector');
});

/** The name of a key's pair in Redis. */
const nameOf = (key: string) => new CacheKeys(world.settings.namespace, SLOTS).pair(slotOf(key, SLOTS), key);
const masterIdOf = async (key: string) => (await cluster.masterOf(nameOf(key))).id;

it('a write that only the journal has is answered once a replica of its own master has it', async () => {
  for (const answer of await Promise.all(KEYS.map((key) => journaled(key, 'replicated'))))
    expect(answer).toMatchObject({ method: 'JOURNALED' });
  const replicaOf = await replicas();
  for (const key of KEYS) {
    const held = await replicaOf.get(await masterIdOf(key))?.client.hget(nameOf(key), 'value');
    expect([key, held]).toEqual([key, 'replicated']);
  }
});

it('where that one has no replica it is not answered from the journal, and writes of other masters are', async () => {
  const [key = ''] = KEYS;
  const masters = await Promise.all(KEYS.map(masterIdOf));
  const other = KEYS[masters.findIndex((id) => id !== masters[0])] ?? '';
  const replica = (await replicas()).get(masters[0] ?? '')?.server;
  replica?.kill('SIGSTOP');
  try {
    // MongoDB has it by then; where that is away, too, it is refused.
    expect((await journaled(key, 'alone')).method).not.toBe('JOURNALED');
    expect(await journaled(other, 'not alone')).toMatchObject({ method: 'JOURNALED' });
  } finally {
    replica?.kill('SIGCONT');
  }
  expect((await pod.running.sync.set({ key, value: 'again' })).method).not.toBe('JOURNALED');
});

/** The replicas by the ids of their masters, with a client that reads from each. */
async function replicas() {
  const found = await Promise.all(
    cluster.servers.map(async (server) => {
      const client = server.client();
      const nodes = String(await client.cluster('NODES')).split('\n');
      const [, , flags = '', master = ''] = nodes.find((line) => line.includes('myself'))?.split(' ') ?? [];
      if (!flags.includes('slave')) return [];
      await client.readonly();
      return [[master, { server, client }]] as const;
    }),
  );
  return new Map(found.flat());
}
