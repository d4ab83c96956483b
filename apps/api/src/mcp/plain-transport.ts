import { RefusalError } from '@hybrid-sync/service-host';
import { Places } from '@hybrid-sync/sync-core';
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ErrorCode, type JSONRPCMessage, type JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js';

/** Requests that wait for their answer at the same time, at most, unless told otherwise. */
const MAX_WAITING = 10_000;
/** Seconds after which a client that found no place may try again. */
const RETRY_AFTER_S = 1;

/**
 * An MCP transport for plain posts: a request goes in, its response comes out, without a session. One server answers
 * all posts, so callers' ids, which may clash or be missing, are replaced by own ones on the way through.
 */
export class PlainTransport implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #waiting = new Map<number, (response: JSONRPCMessage) => void>();
  readonly #places: Places;
  #lastId = 0;

  /** `maxWaiting`: requests that wait for their answer at the same time, at most. */
  constructor(maxWaiting = MAX_WAITING) {
    this.#places = new Places(maxWaiting);
  }

  async start(): Promise<void> {}

  /** The server's answer to an {@link ask}; what it says unasked has no reader here. */
  async send(message: JSONRPCMessage): Promise<void> {
    if (!('id' in message) || 'method' in message) return;
    const id = Number(message.id);
    this.#waiting.get(id)?.(message);
    this.#waiting.delete(id);
  }

  async close(): Promise<void> {
    this.onclose?.();
  }

  /**
   * Sends a request of a caller to the server. The response bears the id `replyId`. `gone`: aborts when the caller does
   * not wait for it any more, which frees its place.
   * @throws RefusalError when as many wait already as there may be, of all callers or of this one
   */
  ask(
    method: string,
    params: JSONRPCRequest['params'],
    replyId: string | number | null,
    authInfo: AuthInfo,
    gone: AbortSignal,
  ): Promise<object> {
    const giveBack = this.#places.take(authInfo.clientId);
    if (giveBack === undefined) return Promise.reject(overloaded(this.#places.taken));
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, (response) => {
        giveBack();
        resolve({ ...response, id: replyId });
      });
      const request = { jsonrpc: '2.0' as const, id, method, ...(params === undefined ? {} : { params }) };
      this.onmessage?.(request, { authInfo });
      if (gone.aborted) this.#cancel(id);
      else gone.addEventListener('abort', () => this.#cancel(id), { once: true });
    });
  }

  /** Lets the server know that nobody waits for this answer, which then does not come. */
  #cancel(id: number): void {
    const answer = this.#waiting.get(id);
    if (answer === undefined) return;
    this.#waiting.delete(id);
    this.onmessage?.({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
    const error = { code: ErrorCode.ConnectionClosed, message: 'the caller has gone' };
    answer({ jsonrpc: '2.0', id, error });
  }
}

function overloaded(waiting: number): RefusalError {
  return new RefusalError('OVERLOADED', `${waiting} requests wait for their answers already`, undefined, {
    'retry-after': String(RETRY_AFTER_S),
  });
}
