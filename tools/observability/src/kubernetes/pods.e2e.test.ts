import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createToken } from '@hybrid-sync/access-tokens';
import { findKustomize, hadForTests, inDatabase } from '@hybrid-sync/services';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { execa } from 'execa';
import getPort from 'get-port';
import { MongoClient } from 'mongodb';
import { afterEach, describe, expect, it } from 'vitest';
import { BuiltOverlay } from './built-overlay.js';

const PATIENCE = { timeout: 60_000, interval: 100 };
const MAINS: Record<string, string> = {
  api: fileURLToPath(import.meta.resolve('@hybrid-sync/api/bin')),
  projector: fileURLToPath(import.meta.resolve('@hybrid-sync/projector/bin')),
};
const owned: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

/** What the Secret holds, as files in a folder of this test's own. */
async function secrets(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-secrets-'));
  owned.push(() => rm(folder, { recursive: true }));
  const mongodbUrl = inDatabase(process.env.TEST_MONGODB_URL ?? '', `k8s${Date.now()}`);
  owned.push(async () => {
    const client = new MongoClient(mongodbUrl);
    await client.db().dropDatabase();
    await client.close();
  });
  const redis = await OwnRedis.start();
  owned.push(() => redis.stop());
  await writeFile(join(folder, 'redis-url'), redis.url);
  await writeFile(join(folder, 'mongodb-url'), mongodbUrl);
  await writeFile(join(folder, 'tokens'), createToken({ name: 'me', role: 'admin' }).entry);
  return folder;
}

describe.skipIf((await hadForTests('kustomize', findKustomize)) === undefined)(
  'the pods of an overlay',
  { timeout: 180_000 },
  () => {
    it.each(['small', 'production'])(
      '%s start with what they are given, and their probes succeed',
      async (name) => {
        const overlay = await BuiltOverlay.build(name);
        const folder = await secrets();
        for (const { spec } of overlay.deployments) {
          const [container] = spec.template.spec.containers;
          // Ports that are free here; and where the Secret is mounted.
          const ports: Record<string, string> = {
            METRICS_PORT: `${await getPort()}`,
            PORT: `${await getPort()}`,
          };
          const mounted = container.volumeMounts[0]?.mountPath ?? '';
          const environment = Object.entries(overlay.environmentOf(container)).map(([variable, value]) => [
            variable,
            ports[variable] ?? value.replace(mounted, folder),
          ]);
          const pod = execa(process.execPath, [MAINS[container.name] ?? ''], {
            env: Object.fromEntries(environment),
            reject: false,
            all: true,
          });
          owned.push(() => {
            pod.kill('SIGKILL');
            return pod;
          });
          for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
            const status = () =>
              fetch(`http://127.0.0.1:${ports.METRICS_PORT}${probe.httpGet.path}`).then(
                async (answer) => (await answer.text()) && answer.status,
                () => pod.exitCode && pod.all,
              );
            await expect.poll(status, PATIENCE).toBe(200);
          }
        }
      },
    );
  },
);
