import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type AppProcess, appProcess, type ServiceProcess, startServices } from '@hybrid-sync/services';
import getPort from 'get-port';
import { RedisFront } from './redis-front.js';
import { ReplicatedRedis } from './replicated-redis.js';
import type { Topology } from './topology.js';

const { resolve } = createRequire(import.meta.url);
const MAINS = {
  api: resolve('@hybrid-sync/api/bin'),
  projector: resolve('@hybrid-sync/projector/bin'),
} as const;

/** How long one look at an app may take, in milliseconds. */
const LOOK_TIMEOUT_MS = 1000;
/** How long an answer of a pod may take, in milliseconds. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Number of an api pod or of a projector; there are two of each. */
export type Which = 0 | 1;

/** A part of MongoDB: the database engine, the wire protocol's gateway in front of it, or both. */
export type MongodbPart = 'engine' | 'gateway' | 'both';

/** What a deployment is made of. */
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
export type Deployment = Awaited<ReturnType<typeof startDeployment>>;

/**
 * Starts Redis and MongoDB; the apps are to be started by `startApps`. Everything is durable, since a database that may lose
 * what it acknowledged would make the test blame the wrong one.
 * @throws ServicesError that says what to install
 */
export async function startDeployment(
  { folder, topology, waitReplicas, onUnexpectedExit }: DeploymentOptions,
  signal: AbortSignal,
) {
  const logs = join(folder, 'logs', 'redis');
  const redis =
    topology === 'single'
      ? await RedisFront.start(logs, onUnexpectedExit)
      : await ReplicatedRedis.start(topology, logs, onUnexpectedExit);
  const givenRedis = { url: redis.appsUrl, variable: 'REDIS_URL' };
  const own = { dataDir: folder, durable: true, givenRedis, signal, onUnexpectedExit };
  const services = await startServices(own).catch(async (error: unknown) => {
    await redis.stop();
    throw error;
  });
  const { mongodbUrl, mongodb } = services;
  const env = {
    ...onlyPath(process.env),
    NODE_ENV: 'production',
    REDIS_URL: redis.appsUrl,
    JOURNAL_WAIT_REPLICAS: String(waitReplicas),
    MONGODB_URL: mongodbUrl,
    // The whole load and all probes come from one address; while a pod is frozen, that is more than it may.
    MAX_CONNECTIONS_PER_ADDRESS: '100000',
  };
  const app = async (kind: keyof typeof MAINS, number: Which): Promise<AppProcess> => {
    const port = await getPort({ host: '127.0.0.1' });
    const started = appProcess({
      name: `${kind}-${number}`,
      ...{ main: MAINS[kind], port, dataDir: folder, env },
    });
    started.onUnexpectedExit = onUnexpectedExit;
    return started;
  };
  const pods = [await app('api', 0), await app('api', 1)] as const;
  const projectors = [await app('projector', 0), await app('projector', 1)] as const;
  const apps = [...pods, ...projectors];
  return {
    folder,
    mongodbUrl,
    redis,
    /** Replicas that must have a write before it is answered `JOURNALED`. */
    waitReplicas,
    pods,
    projectors,
    /** Pods and projectors. */
    apps,
    /** What speaks MongoDB's wire protocol, where that is a process of its own. */
    gateway: mongodb.gateway,
    /** The processes of a part of MongoDB. A `mongod` has no gateway; it is then hit in its place. */
    mongodb(part: MongodbPart): ServiceProcess[] {
      const { engine, gateway } = mongodb;
      const hit = part === 'both' ? [gateway, engine] : [part === 'engine' ? engine : (gateway ?? engine)];
      return hit.filter((each) => each !== undefined);
    },
    /** Redis where it is a single one. @throws where it is not: then that fault is of another topology */
    get front(): RedisFront {
      if (!(redis instanceof RedisFront)) throw new Error('this is a fault of a single Redis');
      return redis;
    },
    /** Redis where it has replicas. @throws where it is a single one: then that fault is of another topology */
    get replicated(): ReplicatedRedis {
      if (!(redis instanceof ReplicatedRedis)) throw new Error('this is a fault of a Redis with replicas');
      return redis;
    },
    /** Starts pods and projectors and waits until they are ready. @throws ServiceStartError */
    async startApps(): Promise<void> {
      await Promise.all(apps.map((each) => each.start(signal)));
    },
    /** Stops everything, apps first; `atOnce` kills them instead of letting them finish what is under way. */
    async stop(atOnce: boolean): Promise<void> {
      try {
        await Promise.all(
          apps.map(async (each) => {
            if (atOnce) await each.kill();
            await each.stop();
          }),
        );
      } finally {
        await redis.stop();
        await services.stop();
      }
    },
  };
}

/** Freezes processes for as long as `work` takes; they are thawed the other way round. */
export async function whileFrozen<T>(
  processes: readonly ServiceProcess[],
  work: () => Promise<T>,
): Promise<T> {
  for (const each of processes) await each.signal('SIGSTOP');
  try {
    return await work();
  } finally {
    for (const each of processes.toReversed()) await each.signal('SIGCONT');
  }
}

/** The tool's answer over HTTP, of one pod. @throws when it does not answer, or refuses */
export async function askPod(
  { url }: AppProcess,
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
export async function isReady(app: AppProcess): Promise<boolean> {
  return (await readiness(app)).ready === true;
}

/** Whether a pod serves writes, which it does without MongoDB, too. */
export async function servesWrites(app: AppProcess): Promise<boolean> {
  return (await readiness(app)).checks?.redis?.ok === true;
}

interface Readiness {
  readonly ready?: boolean;
  readonly checks?: { readonly redis?: { readonly ok?: boolean } };
}

/** The app's own word; nothing where it has none to say. */
async function readiness({ url }: AppProcess): Promise<Readiness> {
  const signal = AbortSignal.timeout(LOOK_TIMEOUT_MS);
  return fetch(`${url}/readyz`, { signal })
    .then((answer) => answer.json() as Promise<Readiness>)
    .catch(() => ({}));
}

/** The settings under test are the defaults, but for that of one address: nothing of this process's environment may reach them. */
function onlyPath({ PATH, HOME }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...(PATH === undefined ? {} : { PATH }), ...(HOME === undefined ? {} : { HOME }) };
}
