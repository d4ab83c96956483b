import type { Logger } from 'pino';
import { z } from 'zod';
import type { Journal, JournalDepth } from '../cache/journal.js';
import type { SettingsReader } from '../config/live-settings.js';
import { FirstSeen } from '../first-seen.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Outbox } from '../store/outbox.js';
import type { Sampled } from './background-sample.js';
import { SharedFigure } from './shared-figure.js';

/** Events and dead letters are counted no further than this, so that a look costs the same whatever waits. */
export const COUNT_LIMIT = 10_000;
/** Longest times between two looks, in milliseconds, where the metrics do not ask for more: with much waiting, counts in MongoDB cost more. */
const BUSY_MS = { journal: 1000, outbox: 2000 };
/** The same while no process has anything to do, where nothing comes to wait. */
const IDLE_MS = { journal: 45_000, outbox: 5000 };

/** A lead of the versions that is warned of, in milliseconds. */
const LEAD_TO_WARN_OF_MS = 60_000;

/** What waits in the outbox, of the whole deployment. */
export interface OutboxDepth {
  readonly unprocessed: number;
  /** Age of the oldest of them, in milliseconds; 0 for none, undefined where Redis did not tell its time. */
  readonly oldestMs: number | undefined;
  /** For how long the first event of a slot has been due and the same one, in the slot where that is longest, in milliseconds; 0 for none. */
  readonly sameHeadMs: number;
  readonly deadLetters: number;
}

/** What is first in its slot, due, and the same for so long is drained by no one, in milliseconds: sweeps find it sooner. */
const NOT_DRAINED_AFTER_MS = 30_000;

/** Work of a slot that no projector takes. */
export interface NotDrained {
  readonly of: 'outbox' | 'journal';
  /** For how long, in milliseconds. */
  readonly forMs: number;
}

/** What {@link Backlog} looks at. */
export interface BacklogStores {
  readonly journal: Pick<Journal, 'depth' | 'now'>;
  readonly outbox: Pick<Outbox, 'countUnprocessed' | 'countDead' | 'firstInLine'>;
}

const depthSchema: z.ZodType<JournalDepth> = z.object({
  entries: z.number(),
  fullest: z.number(),
  largest: z.number(),
  oldestMs: z.number(),
  // A lookout of an earlier version does not tell.
  sameHeadMs: z.number().default(0),
  clockLeadMs: z.number(),
});

const outboxSchema: z.ZodType<OutboxDepth> = z
  .object({
    unprocessed: z.number(),
    oldestMs: z.number().optional(),
    sameHeadMs: z.number().default(0),
    deadLetters: z.number(),
  })
  .transform((waits) => ({ ...waits, oldestMs: waits.oldestMs }));

/** What waits in journal and outbox, of the whole deployment. Either store may be away on its own. */
export class Backlog {
  /** What waits in the journals. */
  readonly journal: SharedFigure<JournalDepth>;
  /** What waits in the outbox. */
  readonly outbox: SharedFigure<OutboxDepth>;
  readonly #stores: BacklogStores;
  readonly #live: SettingsReader;
  #ahead = false;
  readonly #firstSeen = new FirstSeen();
  #heads:
    | { readonly at: number; readonly oldestMs: number | undefined; readonly sameHeadMs: number }
    | undefined;
  #measured: { readonly at: number; readonly largest: number } | undefined;
  #counted: { readonly at: number; readonly tookMs: number } | undefined;

  /** `idle`: whether no process has anything to do, as far as is known. */
  constructor(stores: BacklogStores, live: SettingsReader, idle: () => boolean, log: Logger) {
    this.#stores = stores;
    this.#live = live;
    const every = (of: 'journal' | 'outbox') => () =>
      idle() ? IDLE_MS[of] : Math.min(live.current.metricsSampleMs, BUSY_MS[of]);
    this.journal = new SharedFigure({
      name: 'journal',
      schema: depthSchema,
      look: () => this.#lookAtJournal(stores, log),
      everyMs: every('journal'),
      log,
    });
    this.outbox = new SharedFigure({
      name: 'outbox',
      schema: outboxSchema,
      look: () => this.#lookAtOutbox(stores),
      everyMs: every('outbox'),
      log,
    });
  }

  /** Whether something waits, as far as is known. */
  get waits(): boolean {
    return (this.journal.value()?.entries ?? 0) > 0 || (this.outbox.value()?.unprocessed ?? 0) > 0;
  }

  /** What waits and no projector takes: of its slot it has been the first for {@link NOT_DRAINED_AFTER_MS}, and due. */
  get notDrained(): readonly NotDrained[] {
    return this.#sameHeads().filter(({ forMs }) => forMs >= NOT_DRAINED_AFTER_MS);
  }

  /** For how long what is due and first in its slot has been the same, where that is longest. */
  #sameHeads(): NotDrained[] {
    const { recoverAfterMs } = this.#live.current;
    const { journal, outbox } = this;
    // An entry is due once it is overdue.
    const overdueMs = Math.max(0, (journal.value()?.sameHeadMs ?? 0) - recoverAfterMs);
    return [
      { of: 'outbox', forMs: outbox.value()?.sameHeadMs ?? 0 },
      { of: 'journal', forMs: overdueMs },
    ];
  }

  /** Counts the events that have waited for `minAgeMs`, no further than `limit`: what load is judged by, at its own pace. */
  async countLate(limit: number, minAgeMs: number): Promise<number> {
    const startedAt = performance.now();
    const events = await this.#stores.outbox.countUnprocessed(limit, minAgeMs);
    const at = performance.now();
    this.#counted = { at, tookMs: at - startedAt };
    return events;
  }

  /** How long MongoDB took for the last count of {@link countLate}, in milliseconds; undefined where that is too long ago. */
  countedMs(withinMs: number): number | undefined {
    const counted = this.#counted;
    return counted === undefined || performance.now() - counted.at > withinMs ? undefined : counted.tookMs;
  }

  async #lookAtJournal({ journal }: BacklogStores, log: Logger): Promise<JournalDepth> {
    const inBytes = this.#isDue(this.#measured);
    const depth = await journal.depth({ inBytes });
    if (inBytes) this.#measured = { at: performance.now(), largest: depth.largest };
    const ahead = depth.clockLeadMs > LEAD_TO_WARN_OF_MS;
    if (ahead && !this.#ahead)
      log.warn({ leadSeconds: Math.round(depth.clockLeadMs / 1000) }, "versions are ahead of Redis' clock");
    if (!ahead && this.#ahead) log.info("versions are no longer ahead of Redis' clock");
    this.#ahead = ahead;
    return { ...depth, largest: this.#measured?.largest ?? 0 };
  }

  async #lookAtOutbox(stores: BacklogStores): Promise<OutboxDepth> {
    const [unprocessed, deadLetters] = await Promise.all([
      stores.outbox.countUnprocessed(COUNT_LIMIT),
      stores.outbox.countDead(COUNT_LIMIT),
    ]);
    if (unprocessed === 0) {
      this.#heads = undefined;
      this.#firstSeen.after([], 0);
    } else if (this.#heads === undefined || this.#isDue(this.#heads)) {
      this.#heads = { at: performance.now(), ...(await this.#lookAtHeads(stores)) };
    }
    const { oldestMs, sameHeadMs } = this.#heads ?? { oldestMs: 0, sameHeadMs: 0 };
    return { unprocessed, oldestMs, sameHeadMs, deadLetters };
  }

  /** By a look at the head of each slot. */
  async #lookAtHeads({ journal, outbox }: BacklogStores) {
    const [redisNow, heads] = await Promise.all([
      // Events are dated by Redis' clock, and Redis may be away while MongoDB is not.
      journal.now(0).catch(() => undefined),
      outbox.firstInLine(this.#live.current.slots),
    ]);
    const ages = redisNow && [...heads.values()].map(({ since }) => redisNow - since);
    const due = [...heads].filter(([, head]) => head.due).map(([slot, { what }]) => [slot, what] as const);
    const now = performance.now();
    const firstSeen = this.#firstSeen.after(due, now);
    return {
      oldestMs: ages && Math.max(0, ...ages),
      sameHeadMs: now - Math.min(now, ...firstSeen.values()),
    };
  }

  /** Whether what costs more the more waits is to be looked for again: no oftener than the metrics ask. */
  #isDue(last: { readonly at: number } | undefined): boolean {
    return last === undefined || performance.now() - last.at >= this.#live.current.metricsSampleMs;
  }

  /** Shows what was seen. */
  showIn(metrics: Metrics): void {
    const journal = () => this.journal.last?.value;
    const outbox = () => this.outbox.last?.value;
    const age = (last: Sampled<unknown> | undefined, of: 'journal' | 'outbox') =>
      last === undefined ? [] : [[{ of }, (Date.now() - last.at) / 1000] as const];
    metrics.show('journalPending', () => journal()?.entries);
    metrics.show('journalOldest', () => seconds(journal()?.oldestMs));
    metrics.show('journalFullest', () => {
      const depth = journal();
      const { journalMaxPerSlot, journalMaxBytesPerSlot } = this.#live.current;
      return depth && Math.max(depth.fullest / journalMaxPerSlot, depth.largest / journalMaxBytesPerSlot);
    });
    metrics.show('clockLead', () => seconds(journal()?.clockLeadMs));
    metrics.show('outboxUnprocessed', () => outbox()?.unprocessed);
    metrics.show('outboxOldest', () => seconds(outbox()?.oldestMs));
    metrics.show('sameHead', () => this.#sameHeads().map(({ of, forMs }) => [{ of }, forMs / 1000]));
    metrics.show('deadLetters', () => outbox()?.deadLetters);
    metrics.show('backlogSampleAge', () => [
      ...age(this.journal.last, 'journal'),
      ...age(this.outbox.last, 'outbox'),
    ]);
  }
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
