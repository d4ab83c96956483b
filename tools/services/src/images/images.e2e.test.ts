import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import getPort from 'get-port';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inDatabase } from '../system/service-urls.js';
import { OwnRedis } from '../testing/own-redis.js';
import { Buildah, type Called } from './buildah.js';

/** Where the image lies that they are built on; "npm run image-test" makes it. */
const FOLDER = process.env.IMAGES_FOLDER;
const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
const BUILD_MS = 900_000;
const PATIENCE = { timeout: 60_000, interval: 100 };
const APPS = ['api', 'projector', 'cli'] as const;
type App = (typeof APPS)[number];

const owned: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of owned.reverse()) await end();
});

/** Prints, in a container, as whom it runs and what it finds there. */
const LOOK = `
  const { existsSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
  const mayWrite = (path) => { try { writeFileSync(path, ''); return true; } catch { return false; } };
  const installed = Object.entries(JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')).packages)
    .filter(([path, { link }]) => !link && existsSync(path)).map(([, { version }]) => version);
  console.log(JSON.stringify({
    user: process.getuid(), node: process.versions.node, apps: readdirSync('apps'), tools: existsSync('tools'),
    changesItself: ['x', 'package.json', 'apps/' + readdirSync('apps')[0] + '/package.json'].filter(mayWrite),
    installed: installed.length, sbom: JSON.parse(readFileSync('sbom.spdx.json', 'utf8')),
  }));`;

describe.skipIf(!FOLDER)('the images', () => {
  let buildah: Buildah;
  const containers = new Map<App, string>();
  const imageOf = (app: App) => `localhost/hybrid-sync/${app}`;
  const run = (app: App, words: readonly string[], env: Record<string, string> = {}) =>
    buildah.run(containers.get(app) ?? '', { words, env });

  beforeAll(async () => {
    buildah = await Buildah.find(FOLDER ?? '');
    const { stdout: registry } = await execa('npm', ['config', 'get', 'registry']);
    const authority = process.env.NODE_EXTRA_CA_CERTS;
    const trust = authority
      ? [`--secret=id=ca,src=${authority}`, '--build-arg=NODE_EXTRA_CA_CERTS=/run/secrets/ca']
      : [];
    const args = ['VERSION=1.2.3', 'REVISION=abc', `NPM_CONFIG_REGISTRY=${registry}`];
    const given = [...trust, ...args.map((arg) => `--build-arg=${arg}`)];
    for (const app of APPS) {
      const target = ['--file=deploy/docker/Dockerfile', `--target=${app}`, `--tag=${imageOf(app)}`];
      // Docker's own format is the one that has health checks.
      const how = ['--layers', '--pull-never', '--format=docker'];
      await buildah.call(['build', ...how, ...target, ...given, REPOSITORY]);
      containers.set(app, await buildah.containerOf(imageOf(app)));
    }
  }, BUILD_MS);

  it.each(APPS)(
    '%s: of its own app alone, which it can not change, with a list of what is in it',
    async (app) => {
      const { Labels } = await buildah.configOf(imageOf(app));
      expect(Labels).toMatchObject({
        'org.opencontainers.image.title': 'hybrid-sync',
        'org.opencontainers.image.version': '1.2.3',
        'org.opencontainers.image.revision': 'abc',
      });
      const { sbom, ...found } = JSON.parse((await run(app, ['node', '--eval', LOOK])).stdout);
      const names = sbom.packages.map(({ name }: { name: string }) => name);
      expect(found).toEqual({
        user: 1000,
        node: expect.stringMatching(/^24\./),
        apps: [app],
        tools: false,
        changesItself: [],
        // The image itself and Node are in the list, too.
        installed: names.length - 2,
      });
      expect(names).toEqual(expect.arrayContaining([`hybrid-sync/${app}`, 'node', 'zod']));
      for (const tool of ['typescript', 'turbo', 'vitest']) expect(names).not.toContain(tool);
    },
  );

  it('bring a write to its shadow on either way, are healthy meanwhile, and end well when told', async () => {
    const redis = await OwnRedis.start();
    owned.push(() => redis.stop());
    const mongodbUrl = inDatabase(process.env.TEST_MONGODB_URL ?? '', `images${Date.now()}`);
    owned.push(async () => {
      const client = new MongoClient(mongodbUrl);
      await client.db().dropDatabase();
      await client.close();
    });
    const started = async (app: 'api' | 'projector') => {
      const config = await buildah.configOf(imageOf(app));
      const port = `${await getPort({ host: '127.0.0.1' })}`;
      const env = {
        REDIS_URL: redis.url,
        MONGODB_URL: mongodbUrl,
        EVENT_ONLY_PREFIXES: 'event:',
        SHUTDOWN_DELAY_MS: '0',
        PORT: port,
      };
      const process = new RunningApp(run(app, config.Cmd ?? [], env));
      owned.push(() => process.kill());
      const url = `http://127.0.0.1:${port}`;
      const ready = () => fetch(`${url}/readyz`).then((answer) => answer.ok);
      await expect.poll(() => ready().catch(() => process.output), PATIENCE).toBe(true);
      const [, ...check] = config.Healthcheck?.Test ?? [];
      await run(app, check, { PORT: port });
      return { process, url };
    };
    const api = await started('api');
    const projector = await started('projector');

    const put = async (key: string) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ value: 'v' });
      const answer = await fetch(`${api.url}/kv/${key}`, { method: 'PUT', headers, body });
      return (await answer.json()) as { method: string; version: number };
    };
    expect(await put('fast')).toMatchObject({ method: 'ASYNC_THREAD' });
    const { method, version } = await put('event:one');
    expect(method).toBe('EVENT_BASED');
    const waited = await fetch(`${api.url}/sync/keys/event:one?version=${version}&waitMs=30000`);
    expect(await waited.json()).toMatchObject({ reached: true });

    const { Entrypoint } = await buildah.configOf(imageOf('cli'));
    const verify = [...(Entrypoint ?? []), 'verify', '--json'];
    const { stdout } = await run('cli', verify, { HYBRID_SYNC_URL: api.url });
    expect(JSON.parse(stdout)).toMatchObject({ health: 'HEALTHY', keys: 2 });

    for (const { process } of [api, projector]) expect(await process.end()).toBe(0);
  });
});

/** An app that runs in a container. */
class RunningApp {
  output = '';
  readonly #run: Called;

  constructor(run: Called) {
    this.#run = run;
    run.all.on('data', (chunk) => {
      this.output += chunk;
    });
  }

  /** Tells it to stop. @returns its exit code */
  async end(): Promise<number | undefined> {
    this.#send('SIGTERM');
    return (await this.#ended()).exitCode;
  }

  /** Ends it, whatever its state. */
  async kill(): Promise<void> {
    this.#send('SIGKILL');
    await this.#ended();
  }

  #ended() {
    return this.#run.catch((error) => error);
  }

  /** Process ids in a container are this machine's, and each line of the log has the app's; buildah passes no signal on. */
  #send(signal: NodeJS.Signals): void {
    const [, pid] = /"pid":(\d+)/.exec(this.output) ?? [];
    if (pid === undefined || this.#run.exitCode !== null) return;
    process.kill(Number(pid), signal);
  }
}
