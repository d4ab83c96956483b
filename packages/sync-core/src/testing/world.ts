import type { Cache } from '../cache/cache.js';
import type { CacheWrites } from '../cache/cache-writes.js';
import type { Journal } from '../cache/journal.js';
import type { DrainMarker } from '../projection/drain-marker.js';
import type { Outbox } from '../store/outbox.js';
import type { ShadowStore } from '../store/shadow-store.js';

/** Both sides of the system, real or in memory: what the promises are checked on. */
export interface World {
  readonly cache: CacheWrites & Pick<Cache, 'look' | 'scan' | 'slots'>;
  readonly journal: Pick<Journal, 'overdue' | 'remove' | 'now' | 'oldest' | 'totalLength'>;
  readonly marker: Pick<DrainMarker, 'put' | 'find' | 'remove'>;
  readonly outbox: Pick<
    Outbox,
    'add' | 'due' | 'markProcessed' | 'markFailed' | 'putOff' | 'oldestWaiting' | 'countUnprocessed'
  >;
  readonly shadows: Pick<ShadowStore, 'apply' | 'findMany' | 'page' | 'without' | 'estimatedCount'>;
  /** Sets a slot's clock, which is otherwise the system's; undefined: it is lost. */
  setClock(slot: number, version: number | undefined): Promise<void>;
  /** Keeps what Redis holds now, for {@link failOver}. */
  replicate(): Promise<void>;
  /** Redis is replaced by one that holds what was kept last, or nothing. */
  failOver(): Promise<void>;
  /** Removes all data, so that the next run starts with nothing. */
  clear(): Promise<void>;
}

/** The process that was using the stores is dead. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/**
 * The same stores as a process sees them that dies after `steps` more calls: every later call fails, the calls of its
 * clean-up included.
 */
export function crashingAfter<Stores extends object>(steps: number, stores: Stores): Stores {
  let left = steps;
  const mortal = <Store extends object>(store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          if (left-- <= 0) return Promise.reject(new Crash());
          return Reflect.apply(member, target, args);
        };
      },
    });
  return Object.fromEntries(
    Object.entries(stores).map(([name, store]) => [
      name,
      typeof store === 'object' ? mortal(store as object) : store,
    ]),
  ) as Stores;
}
