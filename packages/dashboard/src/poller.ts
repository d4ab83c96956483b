import type { Api } from './api.js';
import { AccessRefusedError, ApiError, ClientError } from './client/index.js';
import type { PodHistories } from './pod-histories.js';

/** Time between two questions, in milliseconds. */
const POLL_MS = 500;
/** How long an answer, made from memory, may take, in milliseconds. */
const DEADLINE_MS = 1200;
/** How far back the first question goes, in seconds. */
const ALL_SEC = 900;

/** How asking goes. */
export type PollState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'live' }
  /** The api takes no question without another token. */
  | { readonly kind: 'locked'; readonly reason: string }
  /** The api said something else, or nothing. */
  | { readonly kind: 'failing'; readonly reason: string; readonly since: number };

/**
 * Asks the api again and again, one question at a time, and rests while nobody looks at the page:
 *
 *   waiting ─▶ live ◀─▶ failing (asks on)
 *      └──────▶ locked (asks no more, until `resume`)
 */
export class Poller {
  readonly #api: Api;
  readonly #histories: PodHistories;
  readonly #onChange: (state: PollState) => void;
  #state: PollState = { kind: 'waiting' };
  #timer: number | undefined;
  #asking = false;

  constructor(api: Api, histories: PodHistories, onChange: (state: PollState) => void) {
    this.#api = api;
    this.#histories = histories;
    this.#onChange = onChange;
    document.addEventListener('visibilitychange', () => this.resume());
  }

  /** Asks at once, and from now on, also after being locked. */
  resume(): void {
    window.clearTimeout(this.#timer);
    if (!document.hidden && !this.#asking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    let waitMs = POLL_MS;
    try {
      const span = { lastSec: ALL_SEC, after: this.#histories.newSince };
      this.#histories.add(
        await this.#api.call('hybrid_sync_history', span, { timeoutMs: DEADLINE_MS }),
        Date.now(),
      );
      this.#state = { kind: 'live' };
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#state = this.#afterFailure(error);
      const limited = error instanceof ApiError && error.code === 'RATE_LIMITED';
      waitMs = Math.max(POLL_MS, limited ? (error.retryAfterSec ?? 1) * 1000 : 0);
    } finally {
      this.#asking = false;
    }
    this.#onChange(this.#state);
    if (this.#state.kind !== 'locked') this.#timer = window.setTimeout(() => this.resume(), waitMs);
  }

  #afterFailure(error: ClientError): PollState {
    const { message } = error;
    if (error instanceof AccessRefusedError) return { kind: 'locked', reason: message };
    const since = this.#state.kind === 'failing' ? this.#state.since : Date.now();
    return { kind: 'failing', reason: message, since };
  }
}
