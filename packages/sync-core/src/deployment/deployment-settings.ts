import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { LiveSettings, RunTimeSettings, SettingsChange } from '../config/live-settings.js';
import { SETTINGS } from '../config/settings.js';
import { checkedValues } from '../config/settings-change.js';
import { type ShownSetting, shownSettings } from '../config/shown-settings.js';
import { RevisionConflictError, reasonOf } from '../errors.js';
import { connectRedis } from '../redis/connect-redis.js';
import { Repeater } from '../repeater.js';
import type { PastChange } from './settings-fields.js';
import type { SettingsStore, StoredChange } from './settings-store.js';

/** Time between two looks for changes whose notice did not come, in milliseconds. */
const LOOK_MS = 1000;

/** Who asks for a change, and on what condition. */
export interface ChangeTerms {
  /** The name of the caller's token. */
  readonly by: string;
  /** Why, for the history. */
  readonly reason?: string | undefined;
  /** The change is made only if this is the revision now. */
  readonly ifRevision?: number | undefined;
}

/**
 * Keeps the settings in force in this process and those that are set at run time for the whole deployment together:
 *
 *   set, reset ─▶ checked here, whole ─▶ one script in Redis ─▶ published
 *                                                                  │ or, where that is missed, within a second
 *   every pod and projector: read all that is set ◀────────────────┘
 *                             ─▶ LiveSettings ─▶ the parts
 *
 * What Redis holds is what counts, whatever was known before, so that all processes end with the same settings. While
 * Redis is away the last known ones stay.
 */
export class DeploymentSettings {
  readonly #live: LiveSettings;
  readonly #store: SettingsStore;
  readonly #log: Logger;
  readonly #notices: Redis;
  readonly #looks: Repeater;
  /** The last reading; each waits for the one before, so that an older one never comes after a newer. */
  #reading: Promise<unknown> = Promise.resolve();
  #readAt: number | undefined;
  /** Whose the last change was. */
  #lastBy: string | undefined;
  #unusable = '';
  #failing = false;

  /**
   * Opens a connection of its own, for notices: one that listens can do nothing else. `stop` closes it. `lookMs`:
   * longest time until a change is followed of whose notice this process was cut off.
   */
  constructor(live: LiveSettings, store: SettingsStore, role: string, log: Logger, lookMs = LOOK_MS) {
    const { redisUrl, redisTimeoutMs } = live.current;
    this.#live = live;
    this.#store = store;
    this.#log = log;
    this.#looks = new Repeater(
      () => this.#lookQuietly(),
      () => lookMs,
    );
    live.onChange((change) => this.#logChange(change));
    this.#notices = connectRedis(redisUrl, {
      role: `${role}-settings`,
      use: 'background',
      log,
      deadlineMs: redisTimeoutMs,
    });
    this.#notices.on('message', () => this.#looks.hurry());
  }

  /** When this process last read what is set at run time, in milliseconds since 1970; undefined before the first time. */
  get readAt(): number | undefined {
    return this.#readAt;
  }

  /** Reads what is set now and follows it. @throws CacheUnavailableError */
  look(): Promise<void> {
    const reading = this.#reading.then(async () => {
      const runTime = await this.#store.read();
      this.#readAt = Date.now();
      this.#follow(runTime);
    });
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  /** Begins to follow every change. */
  start(): void {
    // It is subscribed to again whenever the connection comes back; what fails now, a look makes up for.
    this.#notices.subscribe(this.#store.channel).catch(() => undefined);
    this.#looks.start('pause');
  }

  /** Ends that; resolves when a look under way has ended. */
  async stop(): Promise<void> {
    this.#notices.disconnect();
    await this.#looks.stop();
  }

  /**
   * Sets settings for the whole deployment; all of them, or none when one is at fault. `values`: by YAML path, variable
   * or {@link SettingName}; null takes a setting back to the file's value.
   * @returns the revision that the change made
   * @throws InvalidInputError naming every setting at fault, RevisionConflictError, CacheUnavailableError
   */
  async set(values: Readonly<Record<string, unknown>>, terms: ChangeTerms): Promise<number> {
    return this.#change({ values: checkedValues(values), forgetOthers: false, ...terms });
  }

  /**
   * Takes settings back to the values of the file, or, where it has none, of environment or defaults; all of them
   * unless names are given.
   * @returns the revision that the change made
   * @throws InvalidInputError naming every setting at fault, RevisionConflictError, CacheUnavailableError
   */
  async reset(names: readonly string[] | undefined, terms: ChangeTerms): Promise<number> {
    const values = checkedValues(Object.fromEntries((names ?? []).map((name) => [name, null])));
    return this.#change({ values, forgetOthers: names === undefined, ...terms });
  }

  /**
   * Which settings a reset would take back, all of them unless names are given, with what they are set to; secrets as
   * null. @throws as {@link reset}
   */
  async setAtRunTime(
    names?: readonly string[],
    ifRevision?: number,
  ): Promise<Pick<ShownSetting, 'name' | 'value'>[]> {
    const only = names && checkedValues(Object.fromEntries(names.map((name) => [name, null])));
    await this.look();
    const { revision } = this.#live;
    if (ifRevision !== undefined && ifRevision !== revision) throw new RevisionConflictError(revision);
    return shownSettings(this.#live)
      .filter(({ name, source }) => source === 'run-time' && (only?.has(name) ?? true))
      .map(({ name, value }) => ({ name, value }));
  }

  /** The last changes, newest first; `before`: only those before this place. @throws CacheUnavailableError */
  history(limit: number, before?: string): Promise<PastChange[]> {
    return this.#store.history(limit, before);
  }

  async #change(change: StoredChange): Promise<number> {
    const revision = await this.#store.change(change);
    // Whoever changed something sees it here from now on. Should Redis be gone just now, the next look follows.
    await this.look().catch(() => undefined);
    return revision;
  }

  #follow(runTime: RunTimeSettings): void {
    const before = this.#live.revision;
    if (runTime.revision < before) {
      const lost = { revision: runTime.revision, known: before };
      this.#log.warn(lost, 'Redis has lost settings that were set at run time; what it holds now counts');
    }
    this.#lastBy = runTime.by;
    const unusable = this.#live.follow(runTime).join('; ');
    if (unusable !== this.#unusable && unusable !== '') {
      this.#log.warn(
        { unusable },
        'not all that is set at run time can be used; the values of the start stay',
      );
    }
    this.#unusable = unusable;
  }

  #logChange({ current, names }: SettingsChange): void {
    const settings = Object.fromEntries(names.map((name) => [SETTINGS[name].yaml, current[name]]));
    this.#log.info(
      { revision: this.#live.revision, by: this.#lastBy, settings },
      'settings changed at run time',
    );
  }

  async #lookQuietly(): Promise<void> {
    try {
      await this.look();
      if (this.#failing) this.#log.info('what is set at run time can be read again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        this.#log.warn(
          { reason: reasonOf(error) },
          'what is set at run time can not be read; the last known settings stay',
        );
      }
      this.#failing = true;
    }
  }
}
