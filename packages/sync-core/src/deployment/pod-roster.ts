import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';

/** Most pods that are kept; further ones are not counted. */
export const MOST_PODS = 1000;

/**
 * The lookout reads the roster once in so many milliseconds for each pod on it: pods speak four times more seldom. With
 * few of them that is at each beat.
 */
const READ_MS_PER_POD = 2;

/** A pod that has said something of itself lately. */
export interface RosterEntry {
  /** The pod's id, as it gave it. */
  readonly id: string;
  /** How long ago it spoke, in milliseconds on Redis' clock. */
  readonly ageMs: number;
  /** What it said. */
  readonly word: string;
}

/** What a process hears when it says something. */
export interface Announced {
  /** The time on Redis' clock, in milliseconds since 1970. */
  readonly now: number;
  /** Whether this process is the lookout now. */
  readonly lookout: boolean;
  /** What the lookout saw last, as it told it; empty where nothing is known. */
  readonly seen: string;
  /** The pods that live, for the lookout alone: as read at this beat, or, of many, at one shortly before. */
  readonly pods: readonly RosterEntry[];
}

/** The keys of a roster, of one hash tag. */
export interface RosterKeys {
  /** The roster itself. */
  readonly roster: string;
  /** That of the pods, which may be the same. */
  readonly pods: string;
  readonly lookout: string;
  readonly seen: string;
}

/** Which pods, or projectors, there are, and what each says of itself: kept in Redis, where all of them see it. */
export class PodRoster {
  readonly #redis: Pick<CacheConnection, 'at'>;
  readonly #keys: RosterKeys;
  readonly #calls = redisCalls('roster');
  /** What this process read last, while it is the lookout. */
  #read: { readonly at: number; readonly pods: readonly RosterEntry[] } | undefined;

  constructor(redis: Pick<CacheConnection, 'at'>, keys: RosterKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /**
   * Says something of a process, in one round trip. Pods that said nothing for `forgetAfterMs` are dead. `leaseMs`: how
   * long it would be the lookout without a further word, in milliseconds; with 0 it isn't.
   * @throws CacheUnavailableError
   */
  async announce(id: string, word: string, forgetAfterMs: number, leaseMs = 0): Promise<Announced> {
    const { roster, pods, lookout, seen } = this.#keys;
    const at = performance.now();
    const known = this.#read;
    const due = known === undefined || at - known.at >= READ_MS_PER_POD * known.pods.length;
    const wants = due ? '1' : '0';
    const [now, mine, told, entries] = await this.#answer(() =>
      this.#server.hsAnnounce(
        roster,
        pods,
        lookout,
        seen,
        id,
        word,
        forgetAfterMs,
        leaseMs,
        MOST_PODS,
        wants,
      ),
    );
    const time = Number(now);
    if (mine !== 1) this.#read = undefined;
    else if (due) this.#read = { at, pods: await this.#living(pods, entries, time, forgetAfterMs) };
    return { now: time, lookout: mine === 1, seen: told, pods: this.#read?.pods ?? [] };
  }

  /** Tells all what the lookout saw; without a further word it is gone after `standMs`. @throws CacheUnavailableError */
  async tell(seen: string, standMs: number): Promise<void> {
    await this.#answer(() => this.#server.set(this.#keys.seen, seen, 'PX', standMs));
  }

  /**
   * Hears of all that said something in the last `forgetAfterMs`, without saying anything.
   * @throws CacheUnavailableError
   */
  async look(forgetAfterMs: number): Promise<RosterEntry[]> {
    const { roster } = this.#keys;
    const [[seconds, micros], entries] = await this.#answer(() =>
      Promise.all([this.#server.time(), this.#server.hgetall(roster)]),
    );
    const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    return this.#living(roster, Object.entries(entries).flat(), now, forgetAfterMs);
  }

  /** Takes a process off the roster, when it stops; another one may be the lookout then. @throws CacheUnavailableError */
  async withdraw(id: string): Promise<void> {
    const { roster, lookout } = this.#keys;
    await this.#answer(() =>
      Promise.all([this.#server.hdel(roster, id), this.#server.hsLease(lookout, id, 0)]),
    );
  }

  /** Where its keys are. */
  get #server() {
    return this.#redis.at(this.#keys.roster);
  }

  /** Those of a roster that live; the dead are taken off it. `flat`: ids and what was said, in turns. */
  async #living(
    roster: string,
    flat: readonly string[],
    now: number,
    forgetAfterMs: number,
  ): Promise<RosterEntry[]> {
    const living: RosterEntry[] = [];
    const dead: string[] = [];
    for (let at = 0; at < flat.length; at += 2) {
      const id = flat[at] ?? '';
      const [, spokeAt, word] = /^(\d+) (.*)$/s.exec(flat[at + 1] ?? '') ?? [];
      const ageMs = now - Number(spokeAt);
      // Redis' clock may have gone back, after a failover say.
      if (word !== undefined && Math.abs(ageMs) <= forgetAfterMs)
        living.push({ id, ageMs: Math.max(ageMs, 0), word });
      else dead.push(id);
    }
    if (dead.length > 0) await this.#answer(() => this.#server.hdel(roster, ...dead));
    return living;
  }

  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    return this.#calls.ask('telling the other pods of this one', ask);
  }
}
