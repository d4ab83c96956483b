import { type Send, sendByFetch } from './exchange.js';
import { RESENDS, type Resend } from './resending.js';

/** Where the api is, and how it is called. */
export interface ClientOptions {
  /** Where the api is, `http://` or `https://`, perhaps with a path; several are pods of one deployment. */
  readonly url: string | readonly string[];
  /**
   * The bearer token, or who knows it, asked before each try, within its time limit; undefined for none. What that one
   * throws ends the call, and so does a token that no header takes.
   */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /**
   * How long a call may take, all tries and pauses included, in milliseconds: 10 000 unless given. A tool that was asked
   * to wait or to work for some time may take that time besides.
   */
  readonly timeoutMs?: number | undefined;
  /** How long one try may take where another may follow, in milliseconds: 3000 unless given. */
  readonly tryTimeoutMs?: number | undefined;
  /** Tries after the first, at most; 2 unless given. */
  readonly retries?: number | undefined;
  /** Which calls are sent again; `safe` unless given. */
  readonly resend?: Resend | undefined;
  /**
   * Whether the sets and deletes of one turn of the event loop leave together, in one `kv_batch` call; false unless given.
   * Each of them succeeds or fails alone. One that is refused in it for a moment, and was certainly not done, is sent again
   * as it would be alone, unless a later write of its key was not refused.
   */
  readonly batchWrites?: boolean | undefined;
  /** Sends requests in another way than by `fetch`. */
  readonly send?: Send | undefined;
}

/** What one call may say. */
export interface CallOptions {
  /** Ends the call, which then throws its reason; a write may have been done all the same. */
  readonly signal?: AbortSignal | undefined;
  /** As {@link ClientOptions.timeoutMs}. */
  readonly timeoutMs?: number | undefined;
  /** As {@link ClientOptions.resend}. */
  readonly resend?: Resend | undefined;
}

/** How the client works: {@link ClientOptions} with all that was left out. */
export interface Terms {
  /** At least one; without slashes at their ends. */
  readonly urls: readonly string[];
  readonly token: () => string | undefined | Promise<string | undefined>;
  readonly timeoutMs: number;
  readonly tryTimeoutMs: number;
  readonly retries: number;
  readonly resend: Resend;
  readonly send: Send;
}

/** What a timer can wait for, in milliseconds. */
export const LONGEST_MS = 2 ** 31 - 1;

/** @throws TypeError naming the option at fault */
export function checkCall({ timeoutMs, resend }: Pick<Terms, 'timeoutMs' | 'resend'>): void {
  checkMs('timeoutMs', timeoutMs);
  if (!RESENDS.includes(resend)) throw new TypeError(`resend: must be one of ${RESENDS.join(', ')}`);
}

function checkMs(name: string, ms: unknown): void {
  if (!(typeof ms === 'number' && ms > 0 && ms <= LONGEST_MS))
    throw new TypeError(`${name}: must be above 0, in milliseconds`);
}

/** Fills in what was left out. @throws TypeError naming the option at fault */
export function clientTerms(options: ClientOptions): Terms {
  const { url, token, timeoutMs = 10_000, tryTimeoutMs = 3000, retries = 2, resend = 'safe' } = options;
  const urls = [url].flat().map(checkedUrl);
  if (urls.length === 0) throw new TypeError('url: must be given');
  checkCall({ timeoutMs, resend });
  checkMs('tryTimeoutMs', tryTimeoutMs);
  if (!(Number.isInteger(retries) && retries >= 0)) throw new TypeError('retries: must be 0 or more');
  return {
    urls,
    token: typeof token === 'function' ? token : () => token,
    timeoutMs,
    tryTimeoutMs,
    retries,
    resend,
    send: options.send ?? sendByFetch,
  };
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError('url: must begin with http:// or https://');
  }
  if (url.username !== '' || url.password !== '') throw new TypeError('url: must hold no user or password');
  if (url.search !== '' || url.hash !== '') throw new TypeError('url: must end before "?" and "#"');
  return url.href.replace(/\/+$/, '');
}
