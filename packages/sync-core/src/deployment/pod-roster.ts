import { redisCalls } from '../cache/redis-calls.js';
import type { ScriptedRedis } from '../cache/scripts.js';

/** Most pods that are kept; further ones are not counted. */
const MOST_PODS = 1000;

/** A pod that has said something of itself lately. */
export interface RosterEntry {
  /** The pod's id, as it gave it. */
  readonly id: string;
  /** How long ago it spoke, in milliseconds on Redis' clock. */
  readonly ageMs: number;
  /** What it said. */
  readonly word: string;
}

/** Which pods, or projectors, there are, and what each says of itself: kept in Redis, where all of them see it. */
export class PodRoster {
  readonly #redis: ScriptedRedis;
  readonly #name: string;
  readonly #calls = redisCalls('roster');

  /** `name`: of the hash that is the roster. */
  constructor(redis: ScriptedRedis, name: string) {
    this.#redis = redis;
    this.#name = name;
  }

  /**
   * Says something of a pod and hears of all, in one round trip. Pods that said nothing for `forgetAfterMs` are dead.
   * @throws CacheUnavailableError
   */
  async announce(id: string, word: string, forgetAfterMs: number): Promise<RosterEntry[]> {
    const reply = await this.#answer(() =>
      this.#redis.hsAnnounce(this.#name, id, word, forgetAfterMs, MOST_PODS),
    );
    const entries: RosterEntry[] = [];
    for (let at = 0; at < reply.length; at += 3) {
      entries.push({ id: String(reply[at]), ageMs: Number(reply[at + 1]), word: String(reply[at + 2]) });
    }
    return entries;
  }

  /**
   * Hears of all that said something in the last `forgetAfterMs`, without saying anything.
   * @throws CacheUnavailableError
   */
  async look(forgetAfterMs: number): Promise<RosterEntry[]> {
    const [[seconds, micros], entries] = await this.#answer(() =>
      Promise.all([this.#redis.time(), this.#redis.hgetall(this.#name)]),
    );
    const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    return Object.entries(entries).flatMap(([id, said]) => {
      const [, spokeAt, word] = /^(\d+) (.*)$/s.exec(said) ?? [];
      const ageMs = now - Number(spokeAt);
      return word !== undefined && Math.abs(ageMs) <= forgetAfterMs
        ? [{ id, ageMs: Math.max(ageMs, 0), word }]
        : [];
    });
  }

  /** Takes a pod off the roster, when it stops. @throws CacheUnavailableError */
  async withdraw(id: string): Promise<void> {
    await this.#answer(() => this.#redis.hdel(this.#name, id));
  }

  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    return this.#calls.ask('telling the other pods of this one', ask);
  }
}
