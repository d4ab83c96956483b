import type { Logger } from 'pino';
import type { Journal, JournalDepth } from '../cache/journal.js';
import type { SettingsReader } from '../config/live-settings.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Outbox } from '../store/outbox.js';
import { BackgroundSample, type Sampled } from './background-sample.js';

/** Events and dead letters are counted no further than this, so that a look costs the same whatever waits. */
const COUNT_LIMIT = 10_000;

/** A lead of the versions that is warned of, in milliseconds. */
const LEAD_TO_WARN_OF_MS = 60_000;

/** What waits in the outbox, of the whole deployment. */
export interface OutboxBacklog {
  readonly unprocessed: number;
  /** Age of the oldest of them, in milliseconds; 0 for none. */
  readonly oldestMs: number;
  readonly deadLetters: number;
}

/** What {@link Backlog} looks at. */
export interface BacklogStores {
  readonly journal: Pick<Journal, 'depth' | 'now'>;
  readonly outbox: Pick<Outbox, 'countUnprocessed' | 'countDead' | 'oldestSince'>;
}

/** What waits in journal and outbox, looked at in the background for the metrics; either may be away on its own. */
export class Backlog {
  readonly #journal: BackgroundSample<JournalDepth>;
  readonly #outbox: BackgroundSample<OutboxBacklog>;
  readonly #live: SettingsReader;
  #ahead = false;

  constructor(stores: BacklogStores, live: SettingsReader, log: Logger) {
    const { slots, metricsSampleMs: intervalMs } = live.current;
    this.#live = live;
    this.#journal = new BackgroundSample(
      'the journal',
      () => this.#lookAtJournal(stores, log),
      intervalMs,
      log,
    );
    this.#outbox = new BackgroundSample('the outbox', () => lookAtOutbox(stores, slots), intervalMs, log);
  }

  /** Begins to look. */
  start(): void {
    this.#journal.start();
    this.#outbox.start();
  }

  /** Ends looking; resolves when a look under way has ended. */
  async stop(): Promise<void> {
    await Promise.all([this.#journal.stop(), this.#outbox.stop()]);
  }

  async #lookAtJournal({ journal }: BacklogStores, log: Logger): Promise<JournalDepth> {
    const depth = await journal.depth();
    const ahead = depth.clockLeadMs > LEAD_TO_WARN_OF_MS;
    if (ahead && !this.#ahead)
      log.warn({ leadSeconds: Math.round(depth.clockLeadMs / 1000) }, "versions are ahead of Redis' clock");
    if (!ahead && this.#ahead) log.info("versions are no longer ahead of Redis' clock");
    this.#ahead = ahead;
    return depth;
  }

  /** Shows what was seen. */
  showIn(metrics: Metrics): void {
    const journal = () => this.#journal.last?.value;
    const outbox = () => this.#outbox.last?.value;
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
    metrics.show('deadLetters', () => outbox()?.deadLetters);
    metrics.show('backlogSampleAge', () => [
      ...age(this.#journal.last, 'journal'),
      ...age(this.#outbox.last, 'outbox'),
    ]);
  }
}

/** The oldest event is looked for, by a look at the head of each slot, only where there are any. */
async function lookAtOutbox({ journal, outbox }: BacklogStores, slots: number): Promise<OutboxBacklog> {
  const [unprocessed, deadLetters] = await Promise.all([
    outbox.countUnprocessed(COUNT_LIMIT),
    outbox.countDead(COUNT_LIMIT),
  ]);
  if (unprocessed === 0) return { unprocessed, oldestMs: 0, deadLetters };
  const [now, oldest] = await Promise.all([journal.now(), outbox.oldestSince(slots)]);
  const oldestMs = oldest === undefined ? 0 : Math.max(0, now - oldest);
  return { unprocessed, oldestMs, deadLetters };
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
