import type { Logger } from 'pino';
import { z } from 'zod';
import type { Reads } from '../config/live-settings.js';
import { InvalidInputError, reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';
import type { CheckStore } from './check-state.js';
import type { VerifyOptions } from './verify.js';
import type { VerifyReport } from './verify-report.js';

/** What the last scheduled check of the whole deployment found. */
export interface CheckResult {
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
  readonly health: VerifyReport['health'];
  readonly keys: number;
  readonly differing: number;
  readonly undecided: number;
}

const checkResult = z.object({
  at: z.number(),
  health: z.enum(['HEALTHY', 'ISSUES_DETECTED', 'UNKNOWN']),
  keys: z.number(),
  differing: z.number(),
  undecided: z.number(),
});

/** What a scheduled check is given. */
export interface ScheduledCheckOptions {
  readonly store: Pick<CheckStore, 'acquire' | 'renew' | 'release' | 'read' | 'begun' | 'ended'>;
  readonly verify: (options: VerifyOptions) => Promise<VerifyReport>;
  /** How often, and how fast, is checked. */
  readonly settings: Reads<'checkIntervalMs' | 'checkMaxKeys' | 'checkKeysPerSecond'>;
  readonly log: Logger;
}

/** How often a pod looks whether a check is due, at most, in milliseconds. */
const MAX_LOOK_MS = 10_000;
/** The lease is renewed this often, in milliseconds: well before it ends. */
const RENEW_MS = 10_000;

/**
 * Verifies a part of the keys now and then, one pod of the deployment at a time:
 *
 *   look (every pod) ─ not due, or another pod has the lease ─▶ look later
 *                    ─ due, lease taken ─▶ verify from the stored cursor ─▶ store result and cursor
 *
 * When the last check began and where the next one goes on is kept in Redis, so that deploys put nothing off.
 */
export class ScheduledCheck {
  readonly #options: ScheduledCheckOptions;
  readonly #stopping = new AbortController();
  readonly #looks: Repeater;
  #last: CheckResult | undefined;

  constructor(options: ScheduledCheckOptions) {
    this.#options = options;
    this.#looks = new Repeater(
      () => this.#lookQuietly(),
      () => Math.min(options.settings().checkIntervalMs || MAX_LOOK_MS, MAX_LOOK_MS),
    );
  }

  /** What the last check found, whichever pod made it, as known by the last look; undefined before the first. */
  get last(): CheckResult | undefined {
    return this.#last;
  }

  /** Begins to look. */
  start(): void {
    this.#looks.start('pause');
  }

  /** Ends looking, and a check under way; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looks.stop();
  }

  /** The pause may be another one now. */
  pauseChanged(): void {
    this.#looks.pauseChanged();
  }

  async #lookQuietly(): Promise<void> {
    const { settings, log } = this.#options;
    if (settings().checkIntervalMs === 0) return;
    await this.look().catch((error: unknown) => {
      log.debug({ reason: reasonOf(error) }, 'the scheduled check failed; the next look tries again');
    });
  }

  /** Checks if that is due and no other pod does. @throws CacheUnavailableError */
  async look(): Promise<void> {
    const { store, settings } = this.#options;
    const state = await store.read();
    this.#last = parsed(state.result);
    // One that began later than now began before Redis' clock went back: when, no one knows.
    const isDue = ({ startedAt, now }: typeof state) =>
      startedAt === undefined || startedAt > now || now - startedAt >= settings().checkIntervalMs;
    if (!isDue(state) || !(await store.acquire())) return;
    try {
      // Another pod may have checked between the reading and the lease.
      const fresh = await store.read();
      if (isDue(fresh)) await this.#check(fresh.now, fresh.cursor);
    } finally {
      await store.release();
    }
  }

  async #check(at: number, cursor: string | undefined): Promise<void> {
    const { store, verify, settings, log } = this.#options;
    // The next check goes on behind these keys, so that in time all are looked at.
    const { checkMaxKeys: maxKeys, checkKeysPerSecond: keysPerSecond } = settings();
    await store.begun(at);
    const lost = new AbortController();
    const renewing = setInterval(() => {
      store.renew().then(
        (held) => held || lost.abort(),
        () => lost.abort(),
      );
    }, RENEW_MS);
    try {
      const signal = AbortSignal.any([this.#stopping.signal, lost.signal]);
      const bounds = { maxKeys, keysPerSecond, samples: 10, signal };
      const report = await verify({ ...bounds, cursor }).catch((error: unknown) => {
        // A cursor of another version of the software: begin again.
        if (error instanceof InvalidInputError) return verify(bounds);
        throw error;
      });
      if (signal.aborted) return;
      const { health, keys, differing, undecided } = report;
      this.#last = { at, health, keys, differing, undecided };
      await store.ended(JSON.stringify(this.#last), report.cursor);
      if (differing > 0)
        log.warn({ differing, kinds: report.kinds }, 'the scheduled check found differences');
    } finally {
      clearInterval(renewing);
    }
  }
}

function parsed(result: string | undefined): CheckResult | undefined {
  if (result === undefined) return undefined;
  try {
    return checkResult.parse(JSON.parse(result));
  } catch {
    return undefined;
  }
}
