import type { CacheKeys } from '../cache/keys.js';
import type { ScriptedRedis } from '../cache/scripts.js';
import type { RunTimeSettings, RunTimeValue } from '../config/live-settings.js';
import { CacheUnavailableError, RevisionConflictError } from '../errors.js';

/** Changes that the history keeps; older ones go. */
const MAX_HISTORY = 1000;
const VALUE = 'value:';
const SET = 'set:';

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

/** A change as the history has it. */
export interface PastChange {
  /** Its place in the history. */
  readonly id: string;
  /** Undefined, like the next two, where an entry that this software did not write does not tell. */
  readonly revision: number | undefined;
  /** In milliseconds since 1970, on Redis' clock. */
  readonly at: number | undefined;
  readonly by: string | undefined;
  readonly reason: string | undefined;
  /** What was set before and after it; undefined stands for the file's value. */
  readonly settings: readonly { readonly name: string; readonly before: unknown; readonly after: unknown }[];
}

/** What is set at run time for the whole deployment, in Redis: a hash with the values, and a stream with their history. */
export class SettingsStore {
  /** Where each change is published, with its revision as the message. */
  readonly channel: string;
  readonly #redis: ScriptedRedis;
  readonly #keys: CacheKeys;

  constructor(redis: ScriptedRedis, keys: CacheKeys) {
    this.#redis = redis;
    this.#keys = keys;
    this.channel = keys.settingsChannel();
  }

  /** Everything that is set now. @throws CacheUnavailableError */
  async read(): Promise<RunTimeSettings> {
    const fields = await this.#answer('reading the settings', () =>
      this.#redis.hgetall(this.#keys.settings()),
    );
    const values = new Map<string, RunTimeValue>();
    for (const [field, json] of Object.entries(fields)) {
      if (!field.startsWith(VALUE)) continue;
      const name = field.slice(VALUE.length);
      const [revision, at, by] = (fields[SET + name] ?? '').split(' ');
      values.set(name, { value: parsed(json), revision: revisionOf(revision), at: momentOf(at), by });
    }
    return { revision: revisionOf(fields.revision) ?? 0, by: fields.by, values };
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
    const [done, revision] = await this.#answer('changing the settings', () =>
      this.#redis.hsChangeSettings(
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
    const entries = await this.#answer('reading the history of the settings', () =>
      this.#redis.xrevrange(this.#keys.settingsHistory(), from, '-', 'COUNT', limit),
    );
    return entries.map(([id, flat]) => pastChange(id, flat));
  }

  async #answer<T>(doing: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw new CacheUnavailableError(doing, error);
    }
  }
}

function pastChange(id: string, flat: readonly string[]): PastChange {
  const fields = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) fields.set(flat[at] ?? '', flat[at + 1] ?? '');
  const names = [...fields.keys()]
    .filter((field) => field.startsWith('after:'))
    .map((field) => field.slice(6));
  return {
    id,
    revision: revisionOf(fields.get('revision')),
    at: momentOf(fields.get('at')),
    by: fields.get('by'),
    reason: fields.get('reason') || undefined,
    settings: names.map((name) => ({
      name,
      before: parsed(fields.get(`before:${name}`)),
      after: parsed(fields.get(`after:${name}`)),
    })),
  };
}

/** The last moment that is written with a year of four digits, in milliseconds since 1970. */
const LAST_MOMENT = Date.parse('9999-12-31T23:59:59.999Z');

/** Undefined for what is no revision: anyone may have written to Redis. */
function revisionOf(text: string | undefined): number | undefined {
  const revision = Number(text || undefined);
  return Number.isSafeInteger(revision) && revision >= 0 ? revision : undefined;
}

/** Undefined for what is no moment. */
function momentOf(text: string | undefined): number | undefined {
  const at = Number(text || undefined);
  return at >= 0 && at <= LAST_MOMENT ? at : undefined;
}

/** Undefined for no value, and for text that no version of the software has written. */
function parsed(json: string | undefined): unknown {
  try {
    return json ? JSON.parse(json) : undefined;
  } catch {
    return undefined;
  }
}
