import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { appProcess, ServiceProcess, type Services, withServices } from '@hybrid-sync/services';
import { OwnedParts } from '@hybrid-sync/trials';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';

const { resolve } = createRequire(import.meta.url);
const BARE_ROUTE = fileURLToPath(new URL('../rows/bare-route-main.js', import.meta.url));
const MAINS = {
  api: resolve('@hybrid-sync/api/bin'),
  projector: resolve('@hybrid-sync/projector/bin'),
  'bare-route': BARE_ROUTE,
} as const;
/** The same without bundles: a profile tells packages and functions apart by their files. */
const MODULES: typeof MAINS = {
  api: resolve('@hybrid-sync/api/dist/main.js'),
  projector: resolve('@hybrid-sync/projector/dist/main.js'),
  'bare-route': BARE_ROUTE,
};

const LOOPBACK = '127.0.0.1';
const DELAY_LINE = fileURLToPath(new URL('./delay-line-main.js', import.meta.url));
/** How long a delay line may take to listen, in milliseconds. */
const DELAY_LINE_READY_MS = 15_000;

/** A process that can be started beside a row. */
export type AppKind = keyof typeof MAINS;

/** A started process. */
export interface RunningApp {
  readonly url: string;
  readonly process: ServiceProcess;
  stop(): Promise<void>;
}

/** A line to MongoDB that is slower than the real one. */
export interface DelayLine extends RunningApp {
  /** From now on holds every reply back for so many milliseconds. */
  delayBy(delayMs: number): void;
}

/** Where a measurement writes. */
export interface StoreUrls {
  readonly redisUrl: string;
  /** With a database of the measurement's own in its path. */
  readonly mongodbUrl: string;
  /** First part of what is the measurement's own in Redis. */
  readonly namespace: string;
}

/** Redis and MongoDB of the benchmark's own, as durable as `npm start` has them, and what is started beside them. */
export type BenchSystem = ReturnType<typeof systemOn>;

/**
 * Starts the services, with all data in a temporary folder, for as long as `work` takes.
 * @throws ServicesError that says what to install; what `work` throws
 */
export function withBenchSystem<T>(
  signal: AbortSignal,
  work: (system: BenchSystem) => Promise<T>,
): Promise<T> {
  return withServices('bench', signal, (services, folder) => work(systemOn(services, folder, signal)));
}

function systemOn(services: Services, folder: string, signal: AbortSignal) {
  let started = 0;
  let stores = 0;
  return {
    /** Stores for one measurement: an empty database, and a namespace in Redis that no other one has. */
    stores(name: string): StoreUrls {
      const mongodbUrl = new URL(services.mongodbUrl);
      const namespace = `${name}-${++stores}`;
      mongodbUrl.pathname = `/bench_${namespace.replaceAll('-', '_')}`;
      return { redisUrl: services.redisUrl, mongodbUrl: mongodbUrl.href, namespace };
    },

    /** What both services say of themselves. */
    async versions(): Promise<{ readonly redis: string; readonly mongodb: string }> {
      await using owned = new OwnedParts();
      const redis = new Redis(services.redisUrl, { connectionName: 'bench' });
      owned.add(async () => redis.disconnect());
      const mongo = new MongoClient(services.mongodbUrl);
      owned.add(() => mongo.close());
      const [info, build] = await Promise.all([redis.info('server'), mongo.db().admin().buildInfo()]);
      return {
        redis: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
        mongodb: `${build.version} (${services.mongodb.where.replace(/, port \d+$/, '')})`,
      };
    },

    /** The processes of both services, by what they are. */
    serviceProcesses(): Readonly<Record<'redis' | 'store', readonly ServiceProcess[]>> {
      const running = (...processes: (ServiceProcess | undefined)[]) =>
        processes.filter((each) => each !== undefined);
      const { redis, mongodb } = services;
      return { redis: running(redis.server), store: running(mongodb.gateway, mongodb.engine) };
    },

    /**
     * Starts a process and waits until it is ready; the caller stops it. `nodeArgs`: options of Node itself, for a profile.
     * @throws ServiceStartError
     */
    async startApp(
      kind: AppKind,
      env: Readonly<Record<string, string>>,
      nodeArgs: readonly string[] = [],
    ): Promise<RunningApp> {
      const port = await getPort({ host: LOOPBACK });
      const app = appProcess({
        name: `${kind}-${++started}`,
        main: (nodeArgs.length === 0 ? MAINS : MODULES)[kind],
        nodeArgs,
        port,
        dataDir: folder,
        env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', LOG_LEVEL: 'warn', ...env },
      });
      await app.start(signal);
      return { url: `http://${LOOPBACK}:${port}`, process: app, stop: () => app.stop() };
    },

    /**
     * Starts a line to MongoDB that holds every reply back; the caller stops it.
     * @param mongodbUrl as {@link stores} gave it
     * @param bytesPerSecond what it lets through to MongoDB, of all connections together; without a limit unless given
     * @returns with the same URL by way of the line
     */
    async startDelayLine(mongodbUrl: string, delayMs: number, bytesPerSecond?: number): Promise<DelayLine> {
      const url = new URL(mongodbUrl);
      const port = await getPort({ host: LOOPBACK });
      const name = `delay-line-${++started}`;
      const line = new ServiceProcess({
        name,
        port,
        command: process.execPath,
        args: [DELAY_LINE, port, url.port, delayMs, bytesPerSecond ?? []].flat().map(String),
        logFile: join(folder, 'logs', `${name}.log`),
        recordFile: join(folder, `${name}.json`),
        commandMark: DELAY_LINE,
        stopSignal: 'SIGTERM',
        readyTimeoutMs: DELAY_LINE_READY_MS,
      });
      await line.start(signal);
      url.port = String(port);
      return {
        url: url.href,
        process: line,
        delayBy: (ms) => line.tell({ delayMs: ms }),
        stop: () => line.stop(),
      };
    },
  };
}
