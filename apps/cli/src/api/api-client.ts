import { requestOf, type ToolName, type ToolRequest } from '@hybrid-sync/tool-contract';
import { UnreachableError } from '../errors.js';
import type { Connection } from './connection.js';
import { answerIn, plainAnswerIn, type Reply } from './read-answer.js';

/** What the operating system or Node says when a connection can't be made, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ETIMEDOUT: 'the connection was not made in time',
  UND_ERR_CONNECT_TIMEOUT: 'the connection was not made in time',
};

/** Calls an api's tools: by plain posts of JSON-RPC, or by the routes of its own that each has. */
export class ApiClient {
  readonly #connection: Connection;
  readonly #signal: AbortSignal;

  /** `signal` ends a call under way, which then throws its reason. */
  constructor(connection: Connection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
  }

  /** Where the api is. */
  get url(): string {
    return this.#connection.url;
  }

  /**
   * Calls a tool. `extraMs`: time that the tool itself was asked to take, in milliseconds, beyond the usual.
   * @throws CommandFailure when the api can't be reached, refuses or fails
   */
  async call(
    tool: string,
    args: Readonly<Record<string, unknown>>,
    extraMs = 0,
  ): Promise<Record<string, unknown>> {
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args } };
    return answerIn(await this.#send({ method: 'POST', path: 'mcp/message', body }, extraMs), this.url);
  }

  /**
   * Calls a tool over its own route, which answers once what MCP answers twice: for large answers.
   * @throws CommandFailure when the api can't be reached, refuses or fails
   */
  async request(tool: ToolName, args: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    return plainAnswerIn(await this.#send(requestOf(tool, args), 0), this.url);
  }

  async #send({ method, path, headers, body }: ToolRequest, extraMs: number): Promise<Reply> {
    const { url, token, timeoutMs } = this.#connection;
    const timeout = AbortSignal.timeout(timeoutMs + extraMs);
    try {
      const response = await fetch(`${url}/${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // Followed, it would take the arguments to wherever the answer says.
        redirect: 'manual',
        signal: AbortSignal.any([this.#signal, timeout]),
      });
      return {
        status: response.status,
        text: await response.text(),
        retryAfterSec: secondsIn(response.headers.get('retry-after')),
      };
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      throw timeout.aborted ? this.#tooLate((timeoutMs + extraMs) / 1000) : this.#noConnection(error);
    }
  }

  #tooLate(seconds: number): UnreachableError {
    return new UnreachableError(
      `the api at ${this.url} did not answer within ${seconds} s; a write may have been done all the same`,
      'look what it says at /readyz, or wait longer with --timeout <seconds>',
    );
  }

  #noConnection(error: unknown): UnreachableError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const reason = REASONS[code] ?? (cause instanceof Error ? cause.message || code : String(cause));
    return new UnreachableError(
      `no api answers at ${this.url}: ${reason}`,
      'is the api running? start it with "npm start", or say with --url where it is',
    );
  }
}

/** A Retry-After that holds seconds, not a date. */
function secondsIn(retryAfter: string | null): number | undefined {
  return retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
}
