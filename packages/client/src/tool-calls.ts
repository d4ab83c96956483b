import type { ToolInput, ToolName, ToolResult } from '@hybrid-sync/tool-contract';
import { requestOf } from '@hybrid-sync/tool-contract/operations';
import { messageAnswer, routeAnswer } from './answer.js';
import { ApiError, ClientError, PreconditionFailedError, RevisionConflictError } from './errors.js';
import { exchange } from './exchange.js';
import { type CallOptions, checkCall, LONGEST_MS, type Terms } from './options.js';
import { callKind, mayResend, pauseMs, sentOnce } from './resending.js';

/** What of an answer is to be called again: with which arguments, and what it failed with. */
export interface Left<Name extends ToolName> {
  readonly args: ToolInput<Name>;
  readonly failure: ClientError;
}

/**
 * Calls tools where the api has them over HTTP, again and elsewhere where that is safe.
 *
 *   try ─▶ answered, and nothing of it is left to be called again
 *    │ ▲
 *    │ └── pause: none while a url was not tried yet, else a random one, or as long as the api asks for
 *    └──▶ failed: for good; or not safe to send again; or no try or no time is left
 *
 * A url that can't be used is left for the next one, where all calls go from then on.
 */
export class ToolCalls {
  readonly #terms: Terms;
  /** Place in the list of the url that is used. */
  #at = 0;

  constructor(terms: Terms) {
    this.#terms = terms;
  }

  /**
   * Calls a tool. `leftOf` is told of each answer, and says what of it is to be called again: that goes on within the
   * tries and the time of this call.
   * @throws ClientError; the signal's reason; TypeError naming the option at fault
   */
  async call<Name extends ToolName>(
    tool: Name,
    asked: ToolInput<Name>,
    { signal, timeoutMs = this.#terms.timeoutMs, resend = this.#terms.resend }: CallOptions = {},
    leftOf?: (answer: ToolResult<Name>) => Left<Name> | undefined,
  ): Promise<ToolResult<Name>> {
    checkCall({ timeoutMs, resend });
    const { urls, retries, tryTimeoutMs } = this.#terms;
    const askedMs = askedTime(asked);
    const end = performance.now() + timeoutMs + askedMs;
    let args = asked;
    let perhapsDone: ClientError | undefined;
    for (let tries = 1; ; tries++) {
      const kind = callKind(tool, args);
      const last = tries > retries || sentOnce(kind, resend);
      const leftMs = Math.max(1, end - performance.now());
      const at = this.#at;
      try {
        const limitMs = Math.ceil(Math.min(last ? leftMs : tryTimeoutMs + askedMs, leftMs, LONGEST_MS));
        const answer = (await this.#try(urls[at] ?? '', tool, args, limitMs, signal)) as ToolResult<Name>;
        const left = leftOf?.(answer);
        if (left === undefined) return answer;
        args = left.args;
        throw left.failure;
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        // It may be the try before that made the condition false: only that one's failure is known to be true.
        const conditionMet =
          error instanceof PreconditionFailedError || error instanceof RevisionConflictError;
        if (perhapsDone !== undefined && conditionMet) throw perhapsDone;
        if (error.mayHaveBeenDone && kind !== 'read') perhapsDone ??= error;
        const elsewhere = this.#leave(at, error) && tries < urls.length;
        const retryAfterSec = error instanceof ApiError ? error.retryAfterSec : undefined;
        const waitMs = elsewhere ? 0 : pauseMs(tries, retryAfterSec);
        if (tries > retries || !mayResend(kind, error, resend) || performance.now() + waitMs >= end) {
          throw perhapsDone ?? error;
        }
        await pause(waitMs, signal);
      }
    }
  }

  /** Goes on at the next url where the one at `at` can't be used. Returns whether it can't. */
  #leave(at: number, error: ClientError): boolean {
    const refusedAll = error instanceof ApiError && error.code !== 'NOT_READY';
    if (!error.passes || refusedAll) return false;
    if (this.#at === at) this.#at = (at + 1) % this.#terms.urls.length;
    return true;
  }

  async #try(
    api: string,
    tool: ToolName,
    args: Readonly<Record<string, unknown>>,
    limitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<object> {
    const { key } = args;
    const overRoute = fitsUrl(args);
    const { method, path, headers, body } = overRoute ? requestOf(tool, args) : messageOf(tool, args);
    const request = async () => {
      const token = checkedToken(await this.#terms.token());
      return {
        url: `${api}/${path}`,
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      };
    };
    const reply = await exchange(this.#terms.send, { api, request, limitMs, signal });
    return (overRoute ? routeAnswer : messageAnswer)(reply, { api, tool, key });
  }
}

/** A token that a header takes: of another one the failure to send it would hold it. @throws TypeError */
function checkedToken(token: string | undefined): string | undefined {
  if (token === undefined || /^[\t -~\x80-\xff]*$/.test(token.trim())) return token;
  throw new TypeError('token: must hold no characters that a header does not take');
}

/** The time that a tool is asked to wait or to work for, in milliseconds; a long one may wait several times. */
function askedTime(args: Readonly<Record<string, unknown>>): number {
  const ms = (name: string) => (typeof args[name] === 'number' ? args[name] : 0);
  return ms('budgetMs') + ms('waitMs') * (ms('budgetMs') > 0 ? 3 : 1);
}

/**
 * Whether a URL can hold the arguments as they are: an empty key or one of dots would be another path, however it is escaped,
 * and half a pair of surrogates has no UTF-8.
 */
function fitsUrl(args: Readonly<Record<string, unknown>>): boolean {
  const { key } = args;
  if (key === '' || key === '.' || key === '..') return false;
  return Object.values(args).every((value) => typeof value !== 'string' || value.isWellFormed());
}

/** A tool's call as a message of JSON-RPC, which takes any key. */
function messageOf(tool: ToolName, args: Readonly<Record<string, unknown>>): ReturnType<typeof requestOf> {
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args } };
  return { method: 'POST', path: 'mcp/message', body };
}

/** @throws the signal's reason */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    if (signal?.aborted) done();
  });
}
