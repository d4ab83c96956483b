import { EventEmitter } from 'node:events';
import type { MongoClient } from 'mongodb';
import { pino } from 'pino';
import type { CachedPair } from '../cache/cached-pair.js';
import { keptOfText, keptParts } from '../cache/kept-value.js';
import { settingsGiven } from '../config/given-settings.js';
import type { SettingsChange } from '../config/live-settings.js';
import { urlOfRedis } from '../config/url-of-redis.js';
import { InvalidInputError, NotReadyError } from '../errors.js';
import { Metrics } from '../metrics/metrics.js';
import { ConfigurationError, type PermanentError } from '../permanent-errors.js';
import { type VerifyOptions, verify } from '../reconcile/verify.js';
import type { VerifyReport } from '../reconcile/verify-report.js';
import type { SyncAnswer } from '../sync-answer.js';
import { checkOptions, type EmbeddedRole, type OpenOptions } from './open-options.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';
import type { Readiness } from './readiness.js';
import type { Stores } from './stores.js';
import { checkWrite, type DeleteOptions, type SetOptions } from './write-options.js';

/** What {@link HybridSyncHandle} tells. */
export interface EmbeddedEvents {
  /** Redis turned out to be one that no waiting makes fit: close, and change the settings. */
  broken: [error: PermanentError];
  /** Settings of the deployment were changed at run time. */
  settings: [change: SettingsChange];
}

/** A pair as an application sees it. */
export interface EmbeddedPair extends CachedPair {
  /** Media type that someone gave the value, over HTTP for one; absent for none. */
  readonly contentType?: string;
  /** Of bytes that are no text: how they are written in `value`. */
  readonly encoding?: 'base64';
}

/** Longest wait for Redis and MongoDB, in milliseconds. */
const READY_WITHIN_MS = 30_000;

/** The hybrid synchronization inside an application. Whoever opens it closes it. */
export class HybridSyncHandle extends EventEmitter<EmbeddedEvents> {
  readonly #pod: Pod | undefined;
  readonly #projector: ProjectorNode | undefined;
  readonly #stores: Stores;
  #closed = false;

  /** Use `openHybridSync`. */
  constructor(pod: Pod | undefined, projector: ProjectorNode | undefined) {
    super();
    const node = pod ?? projector;
    if (node === undefined) throw new ConfigurationError(['roles: must not be empty']);
    this.#pod = pod;
    this.#projector = projector;
    this.#stores = node.stores;
    node.live.onChange((change) => this.emit('settings', change));
    void node.broken.then((error) => this.emit('broken', error));
  }

  /** Whether each role can do its work, and what it waits for. */
  readiness(): Partial<Record<EmbeddedRole, Readiness>> {
    return {
      ...(this.#pod === undefined ? {} : { write: this.#pod.readiness() }),
      ...(this.#projector === undefined ? {} : { project: this.#projector.readiness() }),
    };
  }

  /**
   * Reads a pair of the cache; undefined for none.
   * @throws InvalidInputError, CacheUnavailableError; NotReadyError once it is closed
   */
  async get(key: string): Promise<EmbeddedPair | undefined> {
    this.#refuseClosed();
    this.#check('key', key);
    const pair = await this.#stores.cache.get(key);
    if (pair === undefined) return undefined;
    const { contentType, base64, text } = keptParts(pair.value);
    return {
      ...pair,
      value: text,
      ...(contentType === '' ? {} : { contentType }),
      ...(base64 ? { encoding: 'base64' } : {}),
    };
  }

  /**
   * Writes a pair and syncs it.
   * @throws InvalidInputError, PreconditionFailedError, JournalFullError, NotReplicatedError, CacheUnavailableError;
   * NotReadyError once it is closed
   */
  async set(key: string, value: string, options: SetOptions = {}): Promise<SyncAnswer> {
    const { sync } = this.#writing();
    this.#check('key', key);
    this.#check('value', value);
    checkWrite('set', options);
    const { mode, answer, ...terms } = options;
    return sync.set({ ...terms, key, value: keptOfText('', value) }, { mode, answer });
  }

  /** Deletes a pair and syncs that; `existed`: whether there was one. @throws as {@link set} */
  async delete(
    key: string,
    options: DeleteOptions = {},
  ): Promise<SyncAnswer & { readonly existed: boolean }> {
    const { sync } = this.#writing();
    this.#check('key', key);
    checkWrite('delete', options);
    return sync.delete(key, options);
  }

  /** Compares cache and shadows. @throws InvalidInputError for a cursor that is none; NotReadyError once it is closed */
  async verify(options?: VerifyOptions): Promise<VerifyReport> {
    this.#refuseClosed();
    return verify(this.#stores, options);
  }

  /** Finishes what is under way and closes what was opened, once; call when no new write arrives. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pod?.stop();
    await this.#projector?.stop();
  }

  #refuseClosed(): void {
    if (this.#closed) throw new NotReadyError('closed');
  }

  #writing() {
    this.#refuseClosed();
    if (this.#pod === undefined) throw new ConfigurationError(['roles: has no "write"']);
    return this.#pod.running;
  }

  /** @throws InvalidInputError */
  #check(field: 'key' | 'value', text: unknown): void {
    const { maxKeyBytes, maxValueBytes } = (this.#pod ?? this.#projector)?.settings ?? {};
    const most = field === 'key' ? maxKeyBytes : maxValueBytes;
    if (typeof text !== 'string') throw new InvalidInputError(field, 'must be text');
    if (field === 'key' && text === '') throw new InvalidInputError(field, 'must not be empty');
    if (!text.isWellFormed()) throw new InvalidInputError(field, 'must be well-formed Unicode');
    if (most !== undefined && Buffer.byteLength(text) > most) {
      throw new InvalidInputError(field, `must be at most ${most} bytes of UTF-8`);
    }
  }
}

/** `openHybridSync` in `embedded.ts`, once its modules are loaded. */
export async function open(options: OpenOptions): Promise<HybridSyncHandle> {
  checkOptions(options);
  const { redis, mongodb, settings, registry, log = pino({ level: 'silent' }) } = options;
  const { roles = ['write', 'project'], readyWithinMs = READY_WITHIN_MS } = options;
  const loaded = settingsGiven({
    ...settings,
    redisUrl: typeof redis === 'string' ? redis : urlOfRedis(redis),
    mongodbUrl: typeof mongodb === 'string' ? mongodb : urlOfMongo(mongodb),
  });
  const mongo = typeof mongodb === 'string' ? undefined : mongodb;
  const metricsOf = (role: 'api' | 'projector') => new Metrics(role, registry !== undefined, registry);
  const pod = roles.includes('write')
    ? new Pod(loaded, log, { metrics: metricsOf('api'), mongo })
    : undefined;
  const projector = roles.includes('project')
    ? new ProjectorNode(loaded, log, { metrics: metricsOf('projector'), mongo })
    : undefined;
  const opened = new HybridSyncHandle(pod, projector);
  const started = Promise.all([pod?.start(), projector?.start()]);
  try {
    await within(readyWithinMs, started, opened);
    return opened;
  } catch (error) {
    started.catch(() => {});
    await opened.close();
    throw error;
  }
}

/** @throws NotReadyError, saying what is waited for, when it takes too long */
async function within(ms: number, started: Promise<unknown>, opened: HybridSyncHandle): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const reasons = Object.values(opened.readiness()).flatMap(({ reasons }) =>
        reasons.map(({ message }) => message),
      );
      reject(new NotReadyError(`not ready within ${ms} ms: ${[...new Set(reasons)].join('; ')}`));
    }, ms);
  });
  try {
    await Promise.race([started, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Where a client leads, without credentials: it is for messages, and for the name of the database. */
function urlOfMongo(client: MongoClient): string {
  return `mongodb://${client.options.hosts.join(',')}/${client.db().databaseName}`;
}
