import { ServiceLine } from '@hybrid-sync/services/line';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { describe, it, type TestContext } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { testDatabaseUrl } from '../testing/test-database.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

/** Several deadlines of a line, with the wait for a new connection. */
const PATIENCE = { timeout: 20_000 };
const NODES = { Pod, ProjectorNode };

/** A Redis of the test's own, a line to it, and a node that uses it, with a database of its own. */
async function startBehindLine(test: TestContext, kind: keyof typeof NODES) {
  const own = await OwnRedis.start();
  test.onTestFinished(() => own.stop());
  const line = await ServiceLine.to(own.url);
  await line.open();
  test.onTestFinished(() => line.cut());
  const looker = own.client();
  await looker.client('SETNAME', 'looker');
  const namespace = `silent${own.port}`;
  const mongodbUrl = testDatabaseUrl(namespace);
  test.onTestFinished(async () => {
    const client = new MongoClient(mongodbUrl);
    await client.db().dropDatabase();
    await client.close();
  });
  const env = {
    REDIS_URL: line.url,
    MONGODB_URL: mongodbUrl,
    HYBRID_SYNC_NAMESPACE: namespace,
    HYBRID_SYNC_SLOTS: '1',
    REDIS_TIMEOUT_MS: '1000',
  };
  const node = new NODES[kind](loadSettings({ env }), pino({ level: 'silent' }));
  test.onTestFinished(() => node.stop());
  await node.start();
  /** Redis' ids of the connections of this name. */
  const idsOf = async (name: string): Promise<string[]> => {
    const clients = String(await looker.client('LIST')).split('\n');
    const those = clients.filter((each) => each.includes(` name=${name} `));
    return those.map((each) => each.split(' ', 1)[0] ?? '');
  };
  return { line, idsOf, namespace };
}

describe.concurrent('a connection that alone went silent is replaced within seconds:', () => {
  it.for([
    ['Pod', 'of the cache', 'hybrid-sync-api'],
    ['Pod', 'of the queues', 'hybrid-sync-api-queue'],
    ['Pod', 'of the worker', 'hybrid-sync-api-worker'],
    ['Pod', 'of the settings', 'hybrid-sync-api-settings'],
    ['Pod', 'in which the worker waits for jobs', ':{queue}:ZmFzdA=='],
    ['ProjectorNode', 'of the cache', 'hybrid-sync-projector'],
    ['ProjectorNode', 'of the queues', 'hybrid-sync-projector-queue'],
    ['ProjectorNode', 'of the worker', 'hybrid-sync-projector-worker'],
    ['ProjectorNode', 'of the settings', 'hybrid-sync-projector-settings'],
    ['ProjectorNode', 'in which the worker waits for jobs', ':{queue}:cHJvamVjdGlvbg=='],
  ] as const)('of a %s the one %s', async ([kind, , given], test) => {
    const { expect } = test;
    const { line, idsOf, namespace } = await startBehindLine(test, kind);
    const name = given.startsWith(':') ? `${namespace}${given}` : given;
    await expect.poll(() => idsOf(name), PATIENCE).toHaveLength(1);
    const [before] = await idsOf(name);
    expect(line.silence((sent) => sent.includes(`\r\n${name}\r\n`))).toBeGreaterThan(0);
    await expect.poll(() => idsOf(name), PATIENCE).not.toContain(before);
    await expect.poll(() => idsOf(name), PATIENCE).not.toEqual([]);
  });
});
