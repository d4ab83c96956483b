import type { ServiceProcess } from '@hybrid-sync/services';
import { OwnedParts } from '@hybrid-sync/trials';
import getPort from 'get-port';
import { Pairs } from '../load/pairs.js';
import { type MeasuredProcess, perMutation, processorTimes } from '../profile/processor-time.js';
import type { RowResult } from '../report/row-result.js';
import { type RowName, rowOf } from '../rows/catalogue.js';
import { fillShadows } from '../rows/row-connections.js';
import type { Cell } from '../subject/row-session.js';
import { SubjectProcess } from '../subject/subject-process.js';
import type { AppKind, BenchSystem, RunningApp, StoreUrls } from '../system/bench-system.js';
import { envOf } from '../system/store-settings.js';
import { checkShadows } from './check-shadows.js';

/** Keys that a row writes unless its definition says otherwise. */
export const KEYS = 10_000;
const LOOPBACK = '127.0.0.1';

/** The pairs that a row writes. */
function pairsOf(row: RowName, seed: string): Pairs {
  const { keys = KEYS, valueBytes } = rowOf(row);
  return new Pairs(seed, keys, valueBytes);
}

/** How a row is opened. */
export interface RowUnderTestOptions {
  readonly row: RowName;
  readonly seed: string;
  readonly maxClients: number;
  readonly signal: AbortSignal;
  /** Options of Node itself for the process under test: the row's server where it has one, else the one it is in. */
  readonly nodeArgs?: readonly string[];
}

/** What a row consists of. */
interface RowParts {
  readonly system: BenchSystem;
  readonly urls: StoreUrls;
  readonly subject: SubjectProcess;
  readonly apps: readonly RunningApp[];
}

/** A row in its processes, with stores of its own, ready for load. */
export class RowUnderTest {
  readonly name: RowName;
  readonly #options: RowUnderTestOptions;
  readonly #parts: RowParts;
  readonly #owned: OwnedParts;

  private constructor(options: RowUnderTestOptions, parts: RowParts, owned: OwnedParts) {
    this.name = options.row;
    this.#options = options;
    this.#parts = parts;
    this.#owned = owned;
  }

  /** Starts what the row needs and fills its shadows. The caller stops it. */
  static async open(system: BenchSystem, options: RowUnderTestOptions): Promise<RowUnderTest> {
    const { row, seed, maxClients, signal, nodeArgs = [] } = options;
    const { server, at, check, valueBytes } = rowOf(row);
    const pairs = pairsOf(row, seed);
    const keys = pairs.keys.length;
    const urls = system.stores(row);
    const redisPort = at === 'redis' ? await getPort({ host: LOOPBACK }) : undefined;
    const env = { ...envOf(urls), ...(redisPort && { REDIS_LISTEN_PORT: String(redisPort) }) };
    await fillShadows(urls.mongodbUrl, pairs);
    const owned = new OwnedParts();
    const apps: RunningApp[] = [];
    const start = async (kind: AppKind, args: readonly string[] = []) => {
      const app = await system.startApp(kind, env, args);
      owned.add(() => app.stop());
      apps.push(app);
      return app;
    };
    try {
      if (check === 'shadows') await start('projector');
      const serving = server === undefined ? undefined : await start(server, nodeArgs);
      const subject = new SubjectProcess({ signal, execArgv: server === undefined ? nodeArgs : [] });
      owned.add(() => subject.stop());
      await subject.run('openRow', {
        row,
        ...urls,
        serverUrl: redisPort ? `redis://${LOOPBACK}:${redisPort}` : serving?.url,
        seed,
        keys,
        valueBytes,
        maxClients,
      });
      return new RowUnderTest(options, { system, urls, subject, apps }, owned);
    } catch (error) {
      await owned.stop();
      throw error;
    }
  }

  /** Puts the row under a load. @throws Error when a write failed */
  async measure(cell: Cell): Promise<RowResult> {
    const before = await processorTimes(await this.processes());
    const { calls, notFast, seconds, latencies, made } = await this.#parts.subject.run('runCell', cell);
    const after = await processorTimes(await this.processes());
    const { clients, batch } = cell;
    const { batches, pipelines, check, at } = rowOf(this.name);
    return {
      name: this.name,
      clients: clients * batch,
      mutationsPerSecond: ((calls - notFast) * batch) / seconds,
      p50Ms: latencies.p50,
      p99Ms: latencies.p99,
      ...perMutation(before, after, made * batch),
      // At the Redis port nobody is told how far a write got.
      ...(check === undefined || at === 'redis' ? {} : { notFastShare: notFast / Math.max(calls, 1) }),
      ...(batches === undefined && pipelines === undefined ? {} : { batch, inFlight: clients }),
    };
  }

  /** Checks what the row has to leave behind. @throws Error when a queue does not empty or a shadow differs */
  async check(): Promise<void> {
    if (rowOf(this.name).check !== 'shadows') return;
    const { seed, signal } = this.#options;
    await checkShadows({ ...this.#parts.urls, keys: pairsOf(this.name, seed).keys, signal });
  }

  /** Its processes and those of the services. */
  async processes(): Promise<MeasuredProcess[]> {
    const { system, subject, apps } = this.#parts;
    const { redis, store } = system.serviceProcesses();
    const serving = rowOf(this.name).server === undefined ? undefined : apps.at(-1);
    const of = async (process: ServiceProcess, part?: MeasuredProcess['part']): Promise<MeasuredProcess> => ({
      name: process.name,
      part,
      pids: await process.pids(),
    });
    return [
      ...(await Promise.all(redis.map((each) => of(each, 'redis')))),
      ...(await Promise.all(store.map((each) => of(each, 'store')))),
      { name: 'load generator', part: serving === undefined ? 'pod' : undefined, pids: subject.pids() },
      ...(await Promise.all(apps.map((app) => of(app.process, app === serving ? 'pod' : undefined)))),
    ];
  }

  /** Ends all its processes. */
  async stop(): Promise<void> {
    try {
      if (!this.#options.signal.aborted) await this.#parts.subject.run('closeRow', undefined);
    } finally {
      await this.#owned.stop();
    }
  }
}
