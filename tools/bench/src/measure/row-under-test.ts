import { OwnedParts } from '@hybrid-sync/replay';
import { Pairs } from '../load/pairs.js';
import type { RowResult } from '../report/row-result.js';
import { type RowName, rowOf } from '../rows/catalogue.js';
import type { Cell } from '../subject/row-session.js';
import { SubjectProcess } from '../subject/subject-process.js';
import type { AppKind, BenchSystem, StoreUrls } from '../system/bench-system.js';
import { envOf } from '../system/store-settings.js';
import { checkShadows } from './check-shadows.js';

/** Keys that every row writes. */
export const KEYS = 10_000;

/** How a row is opened. */
export interface RowUnderTestOptions {
  readonly row: RowName;
  readonly seed: string;
  readonly maxClients: number;
  readonly signal: AbortSignal;
  /** Options of Node itself for the process that has the row in it. */
  readonly execArgv?: readonly string[];
}

/** A row in its processes, with stores of its own, ready for load. */
export class RowUnderTest {
  readonly name: RowName;
  readonly #options: RowUnderTestOptions;
  readonly #urls: StoreUrls;
  readonly #subject: SubjectProcess;
  readonly #owned: OwnedParts;

  private constructor(
    options: RowUnderTestOptions,
    urls: StoreUrls,
    subject: SubjectProcess,
    owned: OwnedParts,
  ) {
    this.name = options.row;
    this.#options = options;
    this.#urls = urls;
    this.#subject = subject;
    this.#owned = owned;
  }

  /** Starts what the row needs and fills its shadows. The caller stops it. */
  static async open(system: BenchSystem, options: RowUnderTestOptions): Promise<RowUnderTest> {
    const { row, seed, maxClients, signal, execArgv } = options;
    const { server, check } = rowOf(row);
    const urls = system.stores(row);
    const env = envOf(urls);
    const owned = new OwnedParts();
    const start = async (kind: AppKind) => {
      const app = await system.startApp(kind, env);
      owned.add(() => app.stop());
      return app;
    };
    try {
      if (check === 'shadows') await start('projector');
      const serving = server === undefined ? undefined : await start(server);
      const subject = new SubjectProcess({ signal, execArgv });
      owned.add(() => subject.stop());
      await subject.run('openRow', { row, ...urls, serverUrl: serving?.url, seed, keys: KEYS, maxClients });
      return new RowUnderTest(options, urls, subject, owned);
    } catch (error) {
      await owned.stop();
      throw error;
    }
  }

  /** Puts the row under a load. @throws Error when a write failed */
  async measure(cell: Cell): Promise<RowResult> {
    const { calls, notFast, seconds, latencies } = await this.#subject.run('runCell', cell);
    const { clients, batch } = cell;
    return {
      name: this.name,
      clients: clients * batch,
      mutationsPerSecond: ((calls - notFast) * batch) / seconds,
      p50Ms: latencies.p50,
      p99Ms: latencies.p99,
      ...(rowOf(this.name).check === undefined ? {} : { notFastShare: notFast / Math.max(calls, 1) }),
      ...(this.name === 'bulk-write' ? { batch, inFlight: clients } : {}),
    };
  }

  /** Checks what the row has to leave behind. @throws Error when a queue does not empty or a shadow differs */
  async check(): Promise<void> {
    if (rowOf(this.name).check !== 'shadows') return;
    const { seed, signal } = this.#options;
    await checkShadows({ ...this.#urls, keys: new Pairs(seed, KEYS).keys, signal });
  }

  /** Ends all its processes. */
  async stop(): Promise<void> {
    try {
      if (!this.#options.signal.aborted) await this.#subject.run('closeRow', undefined);
    } finally {
      await this.#owned.stop();
    }
  }
}
