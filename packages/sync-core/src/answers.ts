import type { Written } from './cache/cache.js';
import { HybridSyncError } from './errors.js';
import { KeptWrites, type KeptWritesParts } from './kept-writes.js';
import type { Metrics } from './metrics/metrics.js';
import type { Brought, Mutation, RoutedMutation, SyncMethod } from './mutation.js';
import { type RouteParts, Routes, type ToBring, type ToldBrought } from './routes.js';
import {
  answerOf,
  type ManyTerms,
  type PlainAnswer,
  type SyncAnswer,
  type WriteTerms,
} from './sync-answer.js';
import { SyncsBehind } from './syncs-behind.js';

/** What {@link Answers} are made of. */
export interface AnswerParts extends RouteParts, KeptWritesParts {
  readonly metrics: Metrics;
}

/**
 * Steps 2 to 4 of a write, which Redis has made: the mutation is brought to MongoDB, and its writer answered behind that, or
 * before it where the journal is enough. Of a mutation for which a newer one of its key stands, that one is brought.
 */
export class Answers {
  readonly #parts: AnswerParts;
  readonly #routes: Routes;
  readonly #keeps: KeptWrites;
  readonly #behind: SyncsBehind;
  #underWay = 0;
  readonly #onIdle: (() => void)[] = [];
  readonly #counts: Record<SyncMethod, number> = { ASYNC_THREAD: 0, EVENT_BASED: 0, JOURNALED: 0 };

  constructor(parts: AnswerParts) {
    this.#parts = parts;
    this.#routes = new Routes(parts);
    this.#keeps = new KeptWrites(parts);
    this.#behind = new SyncsBehind((all, told) => this.#routes.bringMany(all, told));
  }

  /** See {@link HybridSync.answered}. */
  get counts(): Readonly<Record<SyncMethod, number>> {
    return this.#counts;
  }

  /** See {@link HybridSync.behind}. */
  get behind(): number {
    return this.#behind.size;
  }

  /** See {@link HybridSync.idle}. */
  async idle(): Promise<void> {
    this.#behind.beginStop();
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Does what {@link idle} waits for. */
  async whileUnderWay<T>(work: () => Promise<T>): Promise<T> {
    this.#begin();
    try {
      return await work();
    } finally {
      this.#end();
    }
  }

  /** Takes note of an error of the cache, and gives it back. */
  refused(error: unknown): unknown {
    if (error instanceof HybridSyncError) this.#parts.metrics.refused(error.code);
    return error;
  }

  /** Brings a mutation on and answers its writer. `startedAt`: when the write began. @throws NotReplicatedError, CacheUnavailableError */
  async of(mutation: RoutedMutation, { mode, answer }: WriteTerms, startedAt: number): Promise<SyncAnswer> {
    if (answer !== 'journaled') {
      const brought = await this.#routes.bring(broughtFor(mutation), mode);
      const lack = brought.method === 'JOURNALED' ? await this.#keeps.lack(mutation, startedAt) : undefined;
      return this.#brought({ mutation, existed: undefined }, brought, lack, startedAt);
    }
    let answeredIn = 0;
    const named = namedOf(mutation);
    const synced = new Promise<Brought>((tell) => {
      this.#bringBehind(mutation, mode, (_, brought) => {
        this.#settled(named, brought, answeredIn || secondsSince(startedAt));
        tell(brought);
        this.#end();
      });
    });
    const lack = await this.#keeps.lack(mutation, startedAt);
    if (lack !== undefined) {
      // What MongoDB has needs no replicas.
      const { method, fallbackReason } = await synced;
      this.#keeps.told(method === 'JOURNALED' ? lack : undefined, startedAt);
      return answerOf(mutation, method, fallbackReason);
    }
    this.#keeps.told(undefined, startedAt);
    answeredIn = secondsSince(startedAt);
    return answerOf(mutation, 'JOURNALED', undefined, synced);
  }

  /** The same of many that began together, some of which the cache refused; what fails is among the answers. */
  async ofMany(
    written: readonly (Written | Error)[],
    terms: ManyTerms,
    startedAt: number,
  ): Promise<readonly (PlainAnswer | Error)[]> {
    if (terms.answer !== 'journaled') return this.#manySynced(written, terms, startedAt);
    if (!this.#keeps.awaitsReplicas) return this.#manyJournaled(written, terms, startedAt);
    return Promise.all(written.map((each, place) => this.#ofOneOfMany(each, place, terms, startedAt)));
  }

  /** One list to MongoDB, and one promise for all. */
  #manySynced(
    written: readonly (Written | Error)[],
    { mode }: ManyTerms,
    startedAt: number,
  ): Promise<readonly (PlainAnswer | Error)[]> {
    const answers = new Array<PlainAnswer | Error>(written.length);
    const all: ToBring[] = [];
    const places: number[] = [];
    for (const [place, each] of written.entries()) {
      if (each instanceof Error) answers[place] = this.refused(each) as Error;
      else {
        all.push({ mutation: broughtFor(each.mutation), mode });
        places.push(place);
      }
    }
    let open = all.length;
    if (open === 0) return Promise.resolve(answers);
    return new Promise((resolve) => {
      this.#routes.bringMany(all, (at, brought) => {
        const place = places[at] as number;
        const each = written[place] as Written;
        const end = (lack?: Error) => {
          answers[place] = orError(() => this.#brought(each, brought, lack, startedAt));
          if (--open === 0) resolve(answers);
        };
        if (brought.method === 'JOURNALED') void this.#keeps.lack(each.mutation, startedAt).then(end);
        else end();
      });
    });
  }

  /** Answers at once; one list is synced behind that, and what is kept of it until then has no values. */
  #manyJournaled(
    written: readonly (Written | Error)[],
    { mode, synced }: ManyTerms,
    startedAt: number,
  ): readonly (PlainAnswer | Error)[] {
    const answeredIn = secondsSince(startedAt);
    const named = new Array<Named>(written.length);
    const told: ToldBrought = (place, brought) => {
      this.#settled(named[place] as Named, brought, answeredIn);
      synced?.(place, brought);
      this.#end();
    };
    return written.map((each, place) => {
      if (each instanceof Error) return this.refused(each) as Error;
      const { mutation, existed } = each;
      named[place] = namedOf(mutation);
      this.#keeps.told(undefined, startedAt);
      this.#bringBehind(mutation, mode, told, place);
      return answerOf(mutation, 'JOURNALED', undefined, undefined, existed);
    });
  }

  async #ofOneOfMany(
    written: Written | Error,
    place: number,
    { mode, answer, synced }: ManyTerms,
    startedAt: number,
  ): Promise<PlainAnswer | Error> {
    if (written instanceof Error) return this.refused(written) as Error;
    const { mutation, existed } = written;
    try {
      const told = { ...(await this.of(mutation, { mode, answer }, startedAt)), existed };
      void told.synced?.then((brought) => synced?.(place, brought));
      return told;
    } catch (error) {
      return error as Error;
    }
  }

  /** `told` ends what begins here. */
  #bringBehind(mutation: RoutedMutation, mode: WriteTerms['mode'], told: ToldBrought, place = 0): void {
    this.#begin();
    this.#behind.take(broughtFor(mutation), mode, told, place);
  }

  /** The answer to a write that waited for MongoDB. `lack`: why Redis' primary alone has it. @throws the lack */
  #brought(
    { mutation, existed }: Written,
    brought: Brought,
    lack: Error | undefined,
    startedAt: number,
  ): PlainAnswer {
    this.#keeps.told(lack, startedAt);
    this.#settled(namedOf(mutation), brought, secondsSince(startedAt));
    return answerOf(mutation, brought.method, brought.fallbackReason, undefined, existed);
  }

  /** Step 4, and what is counted. */
  #settled(mutation: Named, { method, fallbackReason }: Brought, seconds: number): void {
    const { op, isJournaled } = mutation;
    if (method !== 'JOURNALED' && isJournaled) this.#parts.acker.acknowledge([mutation]);
    this.#counts[method]++;
    this.#parts.metrics.answered(op, method, fallbackReason, seconds);
  }

  #begin(): void {
    this.#underWay++;
  }

  #end(): void {
    if (--this.#underWay === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

/** What is told of a mutation when it is settled: its value is not kept until then. */
interface Named extends Pick<Mutation, 'op' | 'slot' | 'version'> {
  /** Whether it has an entry of its own in the journal. */
  readonly isJournaled: boolean;
}

function namedOf({ op, slot, version, standing }: Mutation): Named {
  return { op, slot, version, isJournaled: standing === undefined };
}

/** The mutation that is brought to MongoDB for this one, in its trace. */
function broughtFor(mutation: RoutedMutation): RoutedMutation {
  const { standing, traceparent } = mutation;
  if (standing === undefined) return mutation;
  return traceparent === undefined ? standing : { ...standing, traceparent };
}

function orError<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error as Error;
  }
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
