import { BatchPace } from '../batching/batch-pace.js';
import { JOURNAL_PAGE_BYTES } from '../cache/journal.js';
import type { Reads } from '../config/live-settings.js';
import type { DrainStores } from './drain-stores.js';
import { EventBytes } from './event-bytes.js';

/** The settings that bound the batches of a projector's drains. */
export type DrainPaceSetting = 'projectorBatch' | 'mongodbTimeoutMs';

/** Batches become smaller well before a call takes so long that it fails. */
const SLOW_SHARE = 0.25;

/**
 * How much a projector's drains may ask of the store at once. Were batches always as large as their bound, a store that
 * needs longer for one than a call may take would never get through any: each attempt would fail as the one before, and
 * what waits would wait for ever. So all drains together learn from each call how large batches may be
 * ({@link BatchPace}). The same holds for the bytes that are read of a journal at once, and for Redis. Events are read
 * no further than {@link EventBytes} says, however many a batch may have: their values have to fit into memory.
 */
export class DrainPace {
  /** The stores for the drains: the same, with each call's time taken. */
  readonly stores: DrainStores;
  readonly #settings: Reads<DrainPaceSetting>;
  readonly #pace: BatchPace;
  readonly #bytesPace: BatchPace;
  readonly #eventBytes = new EventBytes();

  constructor(stores: DrainStores, settings: Reads<DrainPaceSetting>) {
    this.#settings = settings;
    const slowMs = () => settings().mongodbTimeoutMs * SLOW_SHARE;
    this.#pace = new BatchPace(slowMs);
    this.#bytesPace = new BatchPace(slowMs);
    const { outbox, shadows, journal } = stores;
    this.stores = {
      ...stores,
      shadows: {
        apply: (writes, method) => this.#paced(writes.length, () => shadows.apply(writes, method)),
      },
      journal: {
        now: (slot) => journal.now(slot),
        remove: (mutations) => journal.remove(mutations),
        overdue: (slot, before, limit, bounds) => {
          const bytes = this.#bytesPace.mutations(JOURNAL_PAGE_BYTES);
          const leftAt = performance.now();
          const read = timed(
            this.#bytesPace,
            bytes,
            () => true,
            () => journal.overdue(slot, before, limit, { ...bounds, bytes }),
          );
          // One that failed asks for less the next time, however quickly: Redis' deadline may be a short one.
          read.catch(() => this.#bytesPace.failed(bytes, leftAt, performance.now()));
          return read;
        },
      },
      outbox: {
        add: (writes) => this.#paced(writes.length, () => outbox.add(writes)),
        due: async (slot, limit, after) => {
          const fitting = Math.min(limit, this.#eventBytes.events);
          const due = await this.#slowed(fitting, () => outbox.due(slot, fitting, after));
          this.#eventBytes.read(due.events);
          return due;
        },
        markProcessed: (ids) => this.#slowed(ids.length, () => outbox.markProcessed(ids)),
        putOff: (events, reason) => this.#slowed(events.length, () => outbox.putOff(events, reason)),
        markFailed: (failures) => this.#slowed(failures.length, () => outbox.markFailed(failures)),
      },
    };
  }

  /** Events, or journal entries, that a drain may read at once now. */
  get batch(): number {
    return this.#pace.mutations(this.#settings().projectorBatch);
  }

  /** A call after which batches are smaller where it was slow, and larger where it was quick and as large as they may be. */
  #paced<T>(size: number, call: () => Promise<T>): Promise<T> {
    return timed(this.#pace, size, () => size >= this.batch, call);
  }

  /** A call after which batches are smaller where it was slow: that it was quick says nothing of larger ones. */
  #slowed<T>(size: number, call: () => Promise<T>): Promise<T> {
    return timed(this.#pace, size, () => false, call);
  }
}

/** Tells a pace how long a call took that asked for so much; `mayGrow`: whether one may ask for more after a quick one. */
async function timed<T>(
  pace: BatchPace,
  size: number,
  mayGrow: () => boolean,
  call: () => Promise<T>,
): Promise<T> {
  const leftAt = performance.now();
  let through = false;
  try {
    const result = await call();
    through = mayGrow();
    return result;
  } finally {
    pace.ended(size, through, leftAt, performance.now());
  }
}
