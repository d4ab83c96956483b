import { randomUUID } from 'node:crypto';
import { LayoutMismatchError } from '../permanent-errors.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';
import type { CacheKeys } from './keys.js';

/** The layout of the data; rises when a newer version of the service writes what an older one can't read. */
export const LAYOUT_VERSION = 1;

/** How long a word of a process that has proven its stores stands, in milliseconds: more than four of its looks. */
const PROOF_MS = 45_000;

/** What the data of a namespace were written with. */
export interface StoredLayout {
  readonly layout: number;
  readonly slots: number;
  /** Id of the deployment; absent while MongoDB has not agreed to the layout. */
  readonly deployment?: string;
}

/** What Redis keeps of the layout of the namespace: it can be lost with the data, so MongoDB has the last word. */
export class LayoutStore {
  readonly #redis: CacheConnection;
  readonly #keys: CacheKeys;
  readonly #calls = redisCalls('layout');

  constructor(redis: CacheConnection, keys: CacheKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** The layout that Redis holds; undefined for none. @throws CacheUnavailableError */
  async read(): Promise<StoredLayout | undefined> {
    const stored = await this.#answered(() =>
      this.#server.hmget(this.#keys.meta(), 'layout', 'slots', 'deployment'),
    );
    return layoutOf(stored);
  }

  /** Which Redis this is: its run and its database; undefined where it doesn't say. @throws CacheUnavailableError */
  async identity(): Promise<string | undefined> {
    const info = await this.#answered(() => this.#server.info('server')).catch((error: unknown) => {
      // A user may lack the right to ask.
      if (/NOPERM|unknown command/i.test(String((error as Error).cause))) return '';
      throw error;
    });
    const run = /^run_id:(\w+)/m.exec(info)?.[1];
    return run === undefined ? undefined : `${run}/${this.#server.options.db ?? 0}`;
  }

  /**
   * Claims or checks the layout; `deployment`: its id, once MongoDB has agreed.
   * @throws LayoutMismatchError when the data was written with another layout version or slot count
   */
  async check(deployment = ''): Promise<void> {
    const { slots } = this.#keys;
    const meta = this.#keys.meta();
    const stored = layoutOf(
      await this.#answered(() => this.#server.hsCheckLayout(meta, LAYOUT_VERSION, slots, deployment)),
    );
    this.mustAgree(stored);
  }

  /** Tells others that this process has proven both stores. @throws CacheUnavailableError, also where there is no memory for it */
  async tellProof(): Promise<void> {
    const key = this.#keys.proof();
    await this.#answered(() => this.#redis.at(key).set(key, randomUUID(), 'PX', PROOF_MS));
  }

  /**
   * What a process of the deployment told last, another word each time; undefined where none has proven its stores lately.
   * @throws CacheUnavailableError
   */
  async lastProof(): Promise<string | undefined> {
    const key = this.#keys.proof();
    return (await this.#answered(() => this.#redis.at(key).get(key))) ?? undefined;
  }

  get #server() {
    return this.#redis.at(this.#keys.meta());
  }

  #answered<T>(ask: () => Promise<T>): Promise<T> {
    return this.#calls.ask('checking the layout', ask);
  }

  /** @throws LayoutMismatchError when what was stored is not this process' own layout */
  mustAgree(stored: Pick<StoredLayout, 'layout' | 'slots'> | undefined, where = 'Redis'): void {
    const { namespace, slots } = this.#keys;
    if (stored === undefined || (stored.layout === LAYOUT_VERSION && stored.slots === slots)) return;
    throw new LayoutMismatchError(
      `${where} holds data of namespace "${namespace}" with layout ${stored.layout} and ${stored.slots} slots, ` +
        `but this process has layout ${LAYOUT_VERSION} and ${slots} slots; set HYBRID_SYNC_SLOTS=${stored.slots} ` +
        'or use another HYBRID_SYNC_NAMESPACE',
    );
  }
}

function layoutOf([layout, slots, deployment]: (string | null)[]): StoredLayout | undefined {
  if (layout == null && slots == null) return undefined;
  return { layout: Number(layout), slots: Number(slots), ...(deployment ? { deployment } : {}) };
}
