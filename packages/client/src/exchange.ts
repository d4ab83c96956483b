import { TimedOutError, UnreachableError } from './errors.js';

/** A request over HTTP. */
export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** A reply over HTTP. */
export interface HttpReply {
  readonly status: number;
  readonly text: string;
  /** The header of that name; null for none. */
  readonly retryAfter: string | null;
}

/** Sends a request and waits for the whole reply. @throws whatever happens to the connection; the signal's reason */
export type Send = (request: HttpRequest) => Promise<HttpReply>;

/** What holds for every request; Node knows no cache, a browser does. */
const ALWAYS = {
  cache: 'no-store',
  credentials: 'omit',
  // Followed, it would take arguments and token to wherever the answer says.
  redirect: 'manual',
} as const;

/** By `fetch`, which keeps connections alive by itself. */
export const sendByFetch: Send = async ({ url, ...request }) => {
  const reply = await fetch(url, { ...request, body: request.body ?? null, ...ALWAYS });
  return {
    status: reply.status,
    text: await reply.text(),
    retryAfter: reply.headers.get('retry-after'),
  };
};

/** What the operating system or Node says when there was no connection, in words: nothing was sent. */
const NEVER_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  UND_ERR_CONNECT_TIMEOUT: 'the connection was not made in time',
};
/** The same for connections that ended too early. */
const CUT: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'the connection was not made in time',
  UND_ERR_SOCKET: 'the connection was cut',
};

/** One request with its time limit. */
export interface Try {
  /** Where the api is, without a slash at its end. */
  readonly api: string;
  /** Makes the request, which may take its time; what it throws is thrown as it is. */
  readonly request: () => Promise<Omit<HttpRequest, 'signal'>>;
  /** How long it may take, in milliseconds. */
  readonly limitMs: number;
  /** Ends it; the reason is thrown. */
  readonly signal: AbortSignal | undefined;
}

/** Sends once. @throws UnreachableError, TimedOutError; the signal's reason */
export async function exchange(send: Send, { api, request, limitMs, signal }: Try): Promise<HttpReply> {
  signal?.throwIfAborted();
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), limitMs);
  const cancel = () => ended.abort();
  signal?.addEventListener('abort', cancel);
  // Who knows the token, or sends, may know no signal.
  const end = new Promise<never>((_, reject) => {
    ended.signal.addEventListener('abort', () => reject(ended.signal.reason));
  });
  end.catch(() => {});
  let made = false;
  try {
    const sent = await Promise.race([request(), end]);
    made = true;
    return await Promise.race([send({ ...sent, signal: ended.signal }), end]);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (ended.signal.aborted) throw new TimedOutError(api, limitMs);
    throw made ? unreachable(api, error) : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

function unreachable(api: string, error: unknown): UnreachableError {
  const [cause] = causesOf(error);
  const code = codeOf(cause);
  const reason =
    NEVER_SENT[code] ?? CUT[code] ?? (cause instanceof Error ? cause.message || code : String(cause));
  return new UnreachableError(api, reason, !(code in NEVER_SENT), error);
}

/** `fetch` hides the reason in a cause, and Node puts those of several addresses into one error. */
function causesOf(error: unknown): unknown[] {
  if (error instanceof Error && error.cause !== undefined) return causesOf(error.cause);
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors : [error];
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
