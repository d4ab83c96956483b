import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js';

/** Requests that wait for their answer at the same time, at most. */
const MAX_WAITING = 10_000;

/**
 * An MCP transport for plain posts: a request goes in, its response comes out, without a session. One server answers
 * all posts, so callers' ids, which may clash or be missing, are replaced by own ones on the way through.
 */
export class PlainTransport implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #waiting = new Map<number, (response: JSONRPCMessage) => void>();
  #lastId = 0;

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

  /** Sends a request of a caller to the server. The response bears the id `replyId`. */
  ask(
    method: string,
    params: JSONRPCRequest['params'],
    replyId: string | number | null,
    authInfo: AuthInfo,
  ): Promise<object> {
    if (this.#waiting.size >= MAX_WAITING)
      return Promise.reject(new Error('too many requests wait for an answer'));
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, (response) => resolve({ ...response, id: replyId }));
      const request = { jsonrpc: '2.0' as const, id, method, ...(params === undefined ? {} : { params }) };
      this.onmessage?.(request, { authInfo });
    });
  }
}
