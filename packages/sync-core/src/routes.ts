import { AsyncResource } from 'node:async_hooks';
import type { Logger } from 'pino';
import { BatcherFullError, BatchTimeoutError } from './batching/batch-errors.js';
import type { Batcher } from './batching/batcher.js';
import { type PathLimits, type Patience, patienceWith } from './batching/patience.js';
import type { Told } from './batching/wait.js';
import type { JournalAcker } from './cache/journal-acker.js';
import type { Reads } from './config/live-settings.js';
import type { SyncMode } from './config/sync-mode.js';
import type { CircuitBreaker } from './control/circuit-breaker.js';
import type { LoadView } from './control/load-state.js';
import { type ModeRule, Router } from './control/route.js';
import { reasonOf } from './errors.js';
import { type Brought, type FallbackReason, mutationId, type RoutedMutation } from './mutation.js';
import { carriedTrace, inSpan } from './tracing/spans.js';

/** One of the two ways to MongoDB: a batcher with its circuit breaker. */
export interface SyncPath {
  readonly batcher: Pick<Batcher<RoutedMutation>, 'offer' | 'hasRoom'>;
  readonly breaker: Pick<CircuitBreaker, 'standing'>;
}

/** What {@link Routes} are made of. */
export interface RouteParts {
  readonly fast: SyncPath;
  readonly outbox: SyncPath;
  readonly acker: Pick<JournalAcker, 'acknowledge'>;
  readonly load: LoadView;
  readonly settings: Reads<keyof ModeRule | 'asyncTimeoutMs' | 'outboxTimeoutMs' | 'breakerSlowCallMs'>;
  readonly log: Logger;
}

/** A mutation to be brought to MongoDB, and the mode that its writer asked for. */
export interface ToBring {
  readonly mutation: RoutedMutation;
  readonly mode: SyncMode | undefined;
}

/** Is told, once, how far the mutation at this place of a list got. */
export type ToldBrought = (place: number, brought: Brought) => void;

/** One of a list on its way: its place, and the mode that it is brought in. */
interface OnItsWay {
  readonly mutation: RoutedMutation;
  readonly place: number;
  readonly mode: SyncMode;
}

/** One that the fast path did not bring through. */
interface Falling extends OnItsWay {
  readonly reason: FallbackReason;
}

const THROUGH: Brought = { method: 'ASYNC_THREAD' };
const SPANS = { fast: 'fast_path', outbox: 'outbox' } as const;

/**
 * Steps 2 and 3 of a write: a route is chosen, and the mutation brought to MongoDB by it, or by the other one. Many go as
 * a list, without a promise or a timer for each; those that fall back in the same turn of the event loop do so together.
 */
export class Routes {
  readonly #parts: RouteParts;
  readonly #router: Router;

  constructor(parts: RouteParts) {
    this.#parts = parts;
    this.#router = new Router(parts);
  }

  /** Brings a mutation as far as it gets in time. `asked`: the mode that its writer asked for. Never rejects. */
  bring(mutation: RoutedMutation, asked: SyncMode | undefined): Promise<Brought> {
    return new Promise((resolve) =>
      this.bringMany([{ mutation, mode: asked }], (_, brought) => resolve(brought)),
    );
  }

  /** The same of many, each of which is told by itself. */
  bringMany(all: readonly ToBring[], told: ToldBrought): void {
    const fallBack = this.#fallingBack(told);
    const fast: OnItsWay[] = [];
    for (const [place, { mutation, mode: asked }] of all.entries()) {
      const mode = this.#router.modeOf(mutation.key, asked);
      const route = this.#router.route(mutation, mode);
      if (route === 'FAST') {
        fast.push({ mutation, place, mode });
        continue;
      }
      if (route === 'PROBE') this.#probe('fast', mutation);
      fallBack({ mutation, place, mode, reason: route === 'PROBE' ? 'BREAKER_OPEN' : route });
    }
    this.#offer('fast', fast, 0, ({ mutation, place, mode }, error) => {
      if (error !== undefined) fallBack({ mutation, place, mode, reason: this.#whyNotFast(mutation, error) });
      else {
        told(place, THROUGH);
        this.#probeIdleOutbox(mutation);
      }
    });
  }

  /** Takes what falls back, and brings what does so in one turn of the event loop on together. */
  #fallingBack(told: ToldBrought): (falling: Falling) => void {
    const startedAt = performance.now();
    let falling: Falling[] = [];
    return (one) => {
      if (falling.push(one) > 1) return;
      queueMicrotask(() => {
        const all = falling;
        falling = [];
        this.#tryOutbox(all, performance.now() - startedAt, told);
      });
    };
  }

  #tryOutbox(falling: readonly Falling[], waitedMs: number, told: ToldBrought): void {
    const left = ({ place, reason }: Falling) => told(place, { method: 'JOURNALED', fallbackReason: reason });
    const tried: Falling[] = [];
    for (const one of falling) {
      const { reason } = one;
      const mutation = { ...one.mutation, fallbackReason: reason };
      const fallback = this.#router.fallback(mutation);
      if (fallback === 'PROBE') this.#probe('outbox', mutation);
      if (fallback === 'OUTBOX') tried.push({ ...one, mutation });
      else left(one);
    }
    this.#offer('outbox', tried, waitedMs, (one, error) => {
      if (error === undefined) told(one.place, { method: 'EVENT_BASED', fallbackReason: one.reason });
      else {
        this.#failed('outbox failed', one.mutation, error);
        left(one);
      }
    });
  }

  /** Offers mutations to a path, those of a mode together, since they wait equally long; `ended` is told of each. */
  #offer<Each extends OnItsWay>(
    path: 'fast' | 'outbox',
    all: readonly Each[],
    waitedMs: number,
    ended: (each: Each, error: unknown) => void,
  ): void {
    for (const [mode, ofMode] of byMode(all)) {
      // One that is told of is let go: the others may be under way for long, and values are large.
      const each: (Each | undefined)[] = ofMode;
      const told: Told = (place, error) => {
        const one = each[place];
        each[place] = undefined;
        if (one !== undefined) ended(one, error);
      };
      const patience = patienceWith(this.#limits(path), mode, waitedMs);
      this.#offerTraced(
        path,
        ofMode.map(({ mutation }) => mutation),
        patience,
        told,
      );
    }
  }

  /** Offers mutations, in a span where they are part of a trace, and in that trace goes on. */
  #offerTraced(
    path: 'fast' | 'outbox',
    mutations: readonly RoutedMutation[],
    patience: Patience,
    told: Told,
  ): void {
    const { batcher } = this.#parts[path];
    if (carriedTrace() === undefined) {
      batcher.offer(mutations, patience, told);
      return;
    }
    const inTrace = AsyncResource.bind(told);
    let open = mutations.length;
    const work = () =>
      new Promise<void>((resolve, reject) => {
        batcher.offer(mutations, patience, (place, error) => {
          inTrace(place, error);
          if (error !== undefined) reject(error);
          if (--open === 0) resolve();
        });
      });
    inSpan(SPANS[path], work).catch(() => undefined);
  }

  #whyNotFast(mutation: RoutedMutation, error: unknown): FallbackReason {
    if (error instanceof BatchTimeoutError) return 'TIMEOUT';
    if (error instanceof BatcherFullError) return 'QUEUE_FULL';
    this.#failed('fast path failed', mutation, error);
    return 'FAST_PATH_FAILED';
  }

  #failed(what: string, mutation: RoutedMutation, error: unknown): void {
    this.#parts.log.debug({ reason: reasonOf(error), mutation: mutationId(mutation) }, what);
  }

  /**
   * While the fast path brings all writes through, none of them finds out that the outbox works again: its breaker would
   * stay open until the next outage, and be in the way there. So one batch is sent to both; its events come too late
   * to change anything.
   */
  #probeIdleOutbox(mutation: RoutedMutation): void {
    const { outbox } = this.#parts;
    if (outbox.breaker.standing() !== 'probe-due') return;
    if (this.#router.fallback(mutation) === 'PROBE') this.#probe('outbox', mutation);
  }

  /**
   * Sends a mutation down a path whose open breaker is due for a probe. The client does not wait for it: while MongoDB
   * is away it would wait out the whole timeout, and with all places of the batcher taken by batches that hang there,
   * so would every client until one of them ends. Its answer says what is known without the probe.
   */
  #probe(path: 'fast' | 'outbox', mutation: RoutedMutation): void {
    const { timeoutMs } = this.#limits(path);
    this.#parts[path].batcher.offer([mutation], { timeoutMs, busyTimeoutMs: timeoutMs }, (_, error) => {
      if (error === undefined) this.#parts.acker.acknowledge([mutation]);
      else this.#failed('a probe failed', mutation, error);
    });
  }

  #limits(path: 'fast' | 'outbox'): PathLimits {
    const { asyncTimeoutMs, outboxTimeoutMs, breakerSlowCallMs: slowCallMs } = this.#parts.settings();
    return { timeoutMs: path === 'fast' ? asyncTimeoutMs : outboxTimeoutMs, slowCallMs };
  }
}

/** Those of each mode: nearly always there is one. */
function byMode<Each extends OnItsWay>(all: readonly Each[]): Map<SyncMode, Each[]> {
  const modes = new Map<SyncMode, Each[]>();
  for (const each of all) {
    const ofMode = modes.get(each.mode);
    if (ofMode === undefined) modes.set(each.mode, [each]);
    else ofMode.push(each);
  }
  return modes;
}
