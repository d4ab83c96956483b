import type { CacheKeys } from '../cache/keys.js';
import type { RunTimeSettings } from '../config/live-settings.js';
import { RevisionConflictError } from '../errors.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';
import { type PastChange, pastChange, runTimeSettingsOf } from './settings-fields.js';

/** Changes that the history keeps; older ones go. */
const MAX_HISTORY = 1000;

/** A change of what is set at run time. It is made whole or not at all. */
export interface StoredChange {
  /** By the settings' YAML paths; undefined takes a setting back to the file's value. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Whether all settings that are not in `values` go back to the file's values too. */
  readonly forgetOthers: boolean;
  /** Made only if this is the revision now; whichever it is unless given. */
  readonly ifRevision?: number | undefined;
  /** Whose change it is: the name of a token. */
  readonly by: string;
  readonly reason?: string | undefined;
}

/** What is set at run time for the whole deployment, in Redis: a hash with the values, and a stream with their history. */
export class SettingsStore {
  /** Where each change is published, with its revision as the message. */
  readonly channel: string;
  readonly #redis: CacheConnection;
  readonly #keys: CacheKeys;
  readonly #calls = redisCalls('settings');

  constructor(redis: CacheConnection, keys: CacheKeys) {
    this.#redis = redis;
    this.#keys = keys;
    this.channel = keys.settingsChannel();
  }

  /** Everything that is set now. @throws CacheUnavailableError */
  async read(): Promise<RunTimeSettings> {
    const fields = await this.#calls.ask('reading the settings', () =>
      this.#server.hgetall(this.#keys.settings()),
    );
    return runTimeSettingsOf(fields);
  }

  /**
   * Makes a change.
   * @returns its revision
   * @throws RevisionConflictError when the revision is another one, CacheUnavailableError
   */
  async change({ values, forgetOthers, ifRevision, by, reason = '' }: StoredChange): Promise<number> {
    const pairs = [...values].flatMap(([name, value]) => [
      name,
      value === undefined ? '' : JSON.stringify(value),
    ]);
    const [done, revision] = await this.#calls.ask('changing the settings', () =>
      this.#server.hsChangeSettings(
        this.#keys.settings(),
        this.#keys.settingsHistory(),
        ifRevision ?? '',
        MAX_HISTORY,
        this.channel,
        by,
        reason,
        forgetOthers ? '1' : '0',
        ...pairs,
      ),
    );
    if (done === 0) throw new RevisionConflictError(revision);
    return revision;
  }

  /** The last changes, newest first; `before`: only those before this place. @throws CacheUnavailableError */
  async history(limit: number, before?: string): Promise<PastChange[]> {
    const from = before === undefined ? '+' : `(${before}`;
    const entries = await this.#calls.ask('reading the history of the settings', () =>
      this.#server.xrevrange(this.#keys.settingsHistory(), from, '-', 'COUNT', limit),
    );
    return entries.map(([id, flat]) => pastChange(id, flat));
  }

  /** Where its keys are. */
  get #server() {
    return this.#redis.at(this.#keys.settings());
  }
}
