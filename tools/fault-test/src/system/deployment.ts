import { createRequire } from 'node:module';
import { appProcess, type ServiceProcess, type Services, startServices } from '@hybrid-sync/services';
import getPort from 'get-port';
import { RedisFront } from './redis-front.js';
import type { RedisUnderFault } from './redis-under-fault.js';
import { ReplicatedRedis } from './replicated-redis.js';
import type { Topology } from './topology.js';

const { resolve } = createRequire(import.meta.url);
const MAINS = {
  api: resolve('@hybrid-sync/api/bin'),
  projector: resolve('@hybrid-sync/projector/bin'),
} as const;

/** What is not ours to kill. */
const NOT_OURS = 'only services that were started here may be killed';
/** How long one look at an app may take, in milliseconds. */
const LOOK_TIMEOUT_MS = 1000;
/** How long an answer of a pod may take, in milliseconds. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Number of an api pod or of a projector; there are two of each. */
export type Which = 0 | 1;

/** An api pod or a projector. */
export interface App {
  readonly name: string;
  readonly url: string;
  readonly process: ServiceProcess;
}

/** What a {@link Deployment} is made of. */
export interface DeploymentOptions {
  /** Where its data and logs go. */
  readonly folder: string;
  readonly topology: Topology;
  /** Replicas that must have a write before it is answered `JOURNALED`. */
  readonly waitReplicas: number;
  /** Told when a process ends that this test did not kill. */
  readonly onUnexpectedExit: (message: string) => void;
}

/** The whole system as real processes on free ports of the loopback, all of them owned by this test. */
export class Deployment {
  readonly folder: string;
  readonly mongodbUrl: string;
  readonly redis: RedisUnderFault;
  /** Replicas that must have a write before it is answered `JOURNALED`. */
  readonly waitReplicas: number;
  /** What holds MongoDB's data. */
  readonly engine: ServiceProcess;
  /** What speaks its wire protocol, where that is a process of its own. */
  readonly gateway: ServiceProcess | undefined;
  readonly pods: readonly [App, App];
  readonly projectors: readonly [App, App];
  readonly #services: Services;

  private constructor(
    { folder, waitReplicas, onUnexpectedExit }: DeploymentOptions,
    services: Services,
    redis: RedisUnderFault,
    pods: readonly [App, App],
    projectors: readonly [App, App],
  ) {
    const { mongodb } = services;
    if (mongodb.engine === undefined) throw new Error(NOT_OURS);
    this.folder = folder;
    this.mongodbUrl = services.mongodbUrl;
    this.redis = redis;
    this.waitReplicas = waitReplicas;
    this.engine = mongodb.engine;
    this.gateway = mongodb.gateway;
    this.#services = services;
    this.pods = pods;
    this.projectors = projectors;
    for (const each of this.processes()) each.onUnexpectedExit = onUnexpectedExit;
    if (redis instanceof RedisFront) redis.onUnexpectedExit = onUnexpectedExit;
  }

  /** Redis where it is a single one. @throws where it is not: then that fault is of another topology */
  get front(): RedisFront {
    if (!(this.redis instanceof RedisFront)) throw new Error('this is a fault of a single Redis');
    return this.redis;
  }

  /**
   * Starts Redis and MongoDB; the apps are to be started by {@link startApps}. Everything is durable, since a database
   * that may lose what it acknowledged would make the test blame the wrong one.
   * @throws ServicesError that says what to install
   */
  static async start(options: DeploymentOptions, signal: AbortSignal): Promise<Deployment> {
    const { folder, topology, waitReplicas } = options;
    let redis: RedisUnderFault | undefined =
      topology === 'single' ? undefined : await ReplicatedRedis.start(topology, folder);
    let services: Services | undefined;
    try {
      const given = redis && { givenRedis: { url: redis.appsUrl, variable: 'REDIS_URL' } };
      services = await startServices({ dataDir: folder, durable: true, signal, ...given });
      redis ??= await frontOf(services, folder);
      const env = {
        ...onlyPath(process.env),
        NODE_ENV: 'production',
        REDIS_URL: redis.appsUrl,
        JOURNAL_WAIT_REPLICAS: String(waitReplicas),
        MONGODB_URL: services.mongodbUrl,
        // The whole load and all probes come from one address; while a pod is frozen, that is more than it may.
        MAX_CONNECTIONS_PER_ADDRESS: '100000',
      };
      const two = (kind: keyof typeof MAINS) =>
        Promise.all([app(kind, 0, folder, env), app(kind, 1, folder, env)]);
      return new Deployment(options, services, redis, await two('api'), await two('projector'));
    } catch (error) {
      await redis?.stop();
      await services?.stop();
      throw error;
    }
  }

  /** Redis where it has replicas. @throws where it is a single one: then that fault is of another topology */
  get replicated(): ReplicatedRedis {
    if (!(this.redis instanceof ReplicatedRedis)) throw new Error('this is a fault of a Redis with replicas');
    return this.redis;
  }

  /** All processes but those of Redis, in the order in which they are to be stopped. */
  processes(): ServiceProcess[] {
    const apps = this.apps().map(({ process }) => process);
    return [...apps, this.gateway, this.engine].filter((each) => each !== undefined);
  }

  /** Pods and projectors. */
  apps(): App[] {
    return [...this.pods, ...this.projectors];
  }

  /** Starts pods and projectors and waits until they are ready. @throws ServiceStartError */
  async startApps(signal: AbortSignal): Promise<void> {
    await Promise.all(this.apps().map(({ process }) => process.start(signal)));
  }

  /** Stops everything, apps first; `atOnce` kills them instead of letting them finish what is under way. */
  async stop(atOnce: boolean): Promise<void> {
    try {
      await Promise.all(
        this.apps().map(async ({ process }) => {
          if (atOnce) await process.kill();
          await process.stop();
        }),
      );
    } finally {
      await this.redis.stop();
      await this.#services.stop();
    }
  }
}

async function frontOf(
  { redis: { server, where }, redisUrl }: Services,
  folder: string,
): Promise<RedisFront> {
  if (server === undefined) throw new Error(NOT_OURS);
  return RedisFront.open({ server, executable: where, password: new URL(redisUrl).password, folder });
}

/** The tool's answer over HTTP, of one pod. @throws when it does not answer, or refuses */
export async function askPod(
  { url }: Pick<App, 'url'>,
  path: string,
  body: object,
): Promise<Record<string, unknown>> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  const said = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) throw new Error(`${path}: ${said.code}`);
  return said;
}

/** Whether an app says that it is ready. */
export async function isReady({ url }: Pick<App, 'url'>): Promise<boolean> {
  return (await readiness(url))?.ready === true;
}

/** Whether a pod serves writes, which it does without MongoDB, too. */
export async function servesWrites({ url }: Pick<App, 'url'>): Promise<boolean> {
  return (await readiness(url))?.checks?.redis?.ok === true;
}

interface ReadinessAnswer {
  readonly ready?: boolean;
  readonly checks?: { readonly redis?: { readonly ok?: boolean } };
}

/** The app's own word, or undefined where it has none to say. */
async function readiness(url: string): Promise<ReadinessAnswer | undefined> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) });
    return (await answer.json()) as ReadinessAnswer;
  } catch {
    return undefined;
  }
}

async function app(kind: keyof typeof MAINS, number: number, dataDir: string, env: NodeJS.ProcessEnv) {
  const port = await getPort({ host: '127.0.0.1' });
  const name = `${kind}-${number}`;
  const process = appProcess({ name, main: MAINS[kind], port, dataDir, env });
  return { name, url: `http://127.0.0.1:${port}`, process };
}

/** The settings under test are the defaults, but for that of one address: nothing of this process's environment may reach them. */
function onlyPath({ PATH, HOME }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...(PATH === undefined ? {} : { PATH }), ...(HOME === undefined ? {} : { HOME }) };
}
