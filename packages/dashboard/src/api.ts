import type { ToolInput, ToolName, ToolResult } from '@hybrid-sync/tool-contract';
import { requestOf } from './operations.js';

/** How long an answer is waited for, in milliseconds, unless a call says otherwise. */
const DEADLINE_MS = 10_000;

/** What the api said instead of doing what it was asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP's; 0 where no answer came. */
  readonly status: number;
  /** Seconds after which another try makes sense; undefined where the api said nothing of it. */
  readonly retryAfterSec: number | undefined;

  constructor(status: number, detail: string, retryAfterSec?: number) {
    super(detail);
    this.status = status;
    this.retryAfterSec = retryAfterSec;
  }
}

/** The api that served this page. */
export class Api {
  readonly #token: () => string | undefined;

  /** `token`: the one to send, asked for at each call; undefined for none. */
  constructor(token: () => string | undefined) {
    this.#token = token;
  }

  /**
   * Calls a tool where the api has it over HTTP. `deadlineMs`: how long an answer is waited for, in milliseconds.
   * @throws ApiError
   */
  async call<Name extends ToolName>(
    tool: Name,
    args: ToolInput<Name>,
    deadlineMs = DEADLINE_MS,
  ): Promise<ToolResult<Name>> {
    // Browsers make another path of such a key, however it is escaped: it would reach another route.
    if ('key' in args && (args.key === '.' || args.key === '..')) {
      throw new ApiError(0, "A key that is . or .. can't stand in a path; use MCP or the command line.");
    }
    // Its path is relative to the page, so that it works under whatever path a proxy has.
    const { method, path, body } = requestOf(tool, args);
    const token = this.#token();
    const init: RequestInit = {
      method,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(deadlineMs),
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(path, init);
      answer = await response.json();
    } catch (error) {
      throw new ApiError(0, `The api does not answer (${error instanceof Error ? error.name : 'error'}).`);
    }
    if (!response.ok) throw refusal(response, answer);
    return answer as ToolResult<Name>;
  }
}

function refusal({ status, headers }: Response, answer: unknown): ApiError {
  const { title, detail } = (answer ?? {}) as { title?: string; detail?: string };
  const retryAfter = Number(headers.get('retry-after'));
  return new ApiError(
    status,
    [title, detail].filter((part) => typeof part === 'string').join(': ') || `HTTP ${status}`,
    retryAfter > 0 ? retryAfter : undefined,
  );
}
