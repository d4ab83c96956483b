import type { Logger } from 'pino';
import type { CacheKeys } from '../cache/keys.js';
import { reasonOf } from '../errors.js';
import type { CacheConnection } from '../redis/cache-connection.js';

/** A slot whose projector died is free again after this time, in milliseconds. */
const LEASE_MS = 6000;
/** A lease is prolonged this often, in milliseconds. */
const RENEW_MS = 2000;

/** A slot that is being drained. */
export interface HeldSlot {
  /** Aborts when the lease was lost: the slot may be another projector's now. */
  readonly lost: AbortSignal;
  /** Gives the slot up; never rejects. */
  giveUp(): Promise<void>;
}

/**
 * Which projector drains a slot, a string of a slot each in the cache's Redis:
 *
 *   free ─ taken ─▶ held, prolonged every two seconds ─ given up, or its projector died six seconds ago ─▶ free
 *
 * Six seconds it is also where Redis' clock went back meanwhile: whoever meets a longer lease cuts it.
 *
 * It keeps two projectors from doing the same work, and no more: two drains of one slot do no harm. So where Redis can't
 * keep a lease, at its memory limit say, slots are drained without one: a lease must not be in the way of the drains
 * that make room.
 */
export class SlotLease {
  readonly #redis: CacheConnection;
  readonly #keys: CacheKeys;
  readonly #log: Logger;
  /** First part of what this process' leases hold, for people to see who has what. */
  readonly #holder: string;
  #taken = 0;

  /** `holder`: this process' name, unlike any other's. */
  constructor(redis: CacheConnection, keys: CacheKeys, holder: string, log: Logger) {
    this.#redis = redis;
    this.#keys = keys;
    this.#holder = holder;
    this.#log = log;
  }

  /** Takes a slot; undefined where someone else has it. */
  async take(slot: number): Promise<HeldSlot | undefined> {
    const name = this.#keys.drainLease(slot);
    const token = `${this.#holder} ${++this.#taken} since ${new Date().toISOString()}`;
    try {
      const reply = await this.#redis.at(name).hsTakeLease(name, token, LEASE_MS);
      return reply === 'TAKEN' ? this.#held(name, token) : undefined;
    } catch (error) {
      this.#log.debug({ slot, reason: reasonOf(error) }, 'no lease could be taken; draining without one');
      return { lost: new AbortController().signal, giveUp: async () => undefined };
    }
  }

  /**
   * Those of the slots that someone has now; in a cluster also those of which that can't be told, whose server is away.
   * @throws where of none it can
   */
  async held(slots: readonly number[]): Promise<Set<number>> {
    const found = await Promise.allSettled(slots.map((slot) => this.#look(slot)));
    const [first] = found;
    if (first?.status === 'rejected' && found.every(({ status }) => status === 'rejected'))
      throw first.reason;
    return new Set(
      slots.filter((_, index) => {
        const look = found[index];
        return look?.status !== 'fulfilled' || look.value === 'HELD';
      }),
    );
  }

  async #look(slot: number) {
    const lease = this.#keys.drainLease(slot);
    return this.#redis.at(lease).hsTakeLease(lease, '', LEASE_MS);
  }

  #held(name: string, token: string): HeldSlot {
    const lost = new AbortController();
    let prolongedAt = performance.now();
    const prolong = async () => {
      const askedAt = performance.now();
      try {
        if ((await this.#redis.at(name).hsLease(name, token, LEASE_MS)) === 1) prolongedAt = askedAt;
        else lost.abort();
      } catch {
        if (performance.now() - prolongedAt > LEASE_MS) lost.abort();
      }
    };
    const prolonging = setInterval(prolong, RENEW_MS);
    return {
      lost: lost.signal,
      giveUp: async () => {
        clearInterval(prolonging);
        try {
          await this.#redis.at(name).hsLease(name, token, 0);
        } catch (error) {
          this.#log.debug({ reason: reasonOf(error) }, 'a lease could not be given up; it ends by itself');
        }
      },
    };
  }
}
