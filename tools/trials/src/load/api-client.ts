import http from 'node:http';
import https from 'node:https';
import { UsageError } from '../usage-error.js';

/** How the answer to a write says it was synced; see the design's promise "The answer tells the truth". */
export type SyncMethod = 'ASYNC_THREAD' | 'EVENT_BASED' | 'JOURNALED';

/** All methods, in the order they are tried. */
export const SYNC_METHODS: readonly SyncMethod[] = ['ASYNC_THREAD', 'EVENT_BASED', 'JOURNALED'];

/** The answer to `kv_set` or `kv_del`, as far as the replay uses it. */
export interface WriteAnswer {
  readonly version: number;
  readonly method: SyncMethod;
  /** Why it was not the fast path; absent where it was. */
  readonly fallbackReason?: string;
  /** Milliseconds since 1970; absent for never. */
  readonly expireAt?: number;
}

/** The answer to `kv_get`, as far as the replay uses it. */
export type ReadAnswer =
  | { readonly found: false }
  | { readonly found: true; readonly value: string; readonly version: number };

/** A call that brought no answer to use. */
export class CallFailedError extends Error {
  override readonly name = 'CallFailedError';
  /** Whether a write may have taken effect all the same, or may still do so. */
  readonly mayHaveTakenEffect: boolean;
  constructor(message: string, mayHaveTakenEffect = true) {
    super(message);
    this.mayHaveTakenEffect = mayHaveTakenEffect;
  }
}

/** Codes of the api's errors that promise that nothing was changed. */
const REFUSALS: ReadonlySet<string> = new Set(['INVALID_INPUT', 'JOURNAL_FULL', 'NOT_READY']);
/** The connection was never made, so nothing was sent. */
const NOT_SENT = 'ECONNREFUSED';

/** How the client works. */
export interface ApiClientOptions {
  /** Where the api listens, `http://host:port` or https. */
  readonly api: string;
  /** Most connections open at once. */
  readonly maxConnections: number;
  /** How long a call may take, in milliseconds. */
  readonly timeoutMs: number;
  /** The bearer token that the api asks for; undefined for none. */
  readonly token?: string | undefined;
}

/**
 * Calls the api's MCP tools over HTTP on connections that are kept open. node:http rather than fetch: its
 * agent lets the number of connections be bounded, and it costs less processor time per request, which the
 * service under test needs.
 */
export class ApiClient {
  readonly #api: URL;
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;
  readonly #timeoutMs: number;
  readonly #authorization: { authorization?: string };

  constructor({ api, maxConnections, timeoutMs, token }: ApiClientOptions) {
    this.#api = new URL(api.endsWith('/') ? api : `${api}/`);
    const secure = this.#api.protocol === 'https:';
    const agentOptions = { keepAlive: true, maxSockets: maxConnections, maxFreeSockets: maxConnections };
    this.#agent = secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
    this.#request = secure ? https.request : http.request;
    this.#timeoutMs = timeoutMs;
    this.#authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /**
   * Looks whether the api is there, has reached Redis, and takes the token; its readiness may have a port of its own.
   * @throws UsageError that says what to do if it isn't
   */
  async checkReady(): Promise<void> {
    const { status, text } = await this.#send('GET', 'sync/load').catch((error: unknown) => {
      throw new UsageError(
        `no api answers at ${this.#api.origin} (${reasonOf(error)}): start the service with "npm start", ` +
          'or say with --api where it is',
      );
    });
    if (status === 401 || status === 403) {
      throw new UsageError(
        `the api at ${this.#api.origin} wants a token with the role write: give one in HYBRID_SYNC_TOKEN`,
      );
    }
    if (status !== 200) {
      throw new UsageError(
        `the api at ${this.#api.origin} is not ready (HTTP ${status}): ${text.slice(0, 500)}`,
      );
    }
  }

  /** Sets a key. @throws CallFailedError */
  async set(key: string, value: string, ttlSec: number): Promise<WriteAnswer> {
    return asWriteAnswer(await this.#call('kv_set', { key, value, ttlSec }));
  }

  /** Deletes a key. @throws CallFailedError */
  async delete(key: string): Promise<WriteAnswer> {
    return asWriteAnswer(await this.#call('kv_del', { key }));
  }

  /** Reads a key. @throws CallFailedError */
  async get(key: string): Promise<ReadAnswer> {
    const { found, value, version } = await this.#call('kv_get', { key });
    if (found === false) return { found };
    if (found === true && typeof value === 'string' && typeof version === 'number')
      return { found, value, version };
    throw new CallFailedError('an answer to kv_get without found, value or version');
  }

  /** Closes all connections; calls under way fail. */
  close(): void {
    this.#agent.destroy();
  }

  async #call(name: string, args: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const body = JSON.stringify({ method: 'tools/call', params: { name, arguments: args } });
    const reply = await this.#send('POST', 'mcp/message', body).catch((error: unknown) => {
      const reason = reasonOf(error);
      throw new CallFailedError(reason, reason !== NOT_SENT);
    });
    const { result, error } = asRecord(parseJson(reply.text));
    if (error !== undefined) throw new CallFailedError(`${name}: ${shorten(asRecord(error).message)}`);
    if (reply.status !== 200) throw new CallFailedError(`HTTP ${reply.status}`);
    const { isError, structuredContent, content } = asRecord(result);
    if (isError === true) {
      const { code, field } = toolError(content);
      const where = field === undefined ? '' : ` (${field})`;
      throw new CallFailedError(
        `${name}: ${code ?? 'an error without a code'}${where}`,
        !REFUSALS.has(code ?? ''),
      );
    }
    return asRecord(structuredContent);
  }

  #send(method: 'GET' | 'POST', path: string, body?: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const request = this.#request(new URL(path, this.#api), {
        method,
        agent: this.#agent,
        signal: AbortSignal.timeout(this.#timeoutMs),
        headers: {
          ...this.#authorization,
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('error', reject);
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
        );
      });
      request.end(body);
    });
  }
}

function asWriteAnswer({ version, method, fallbackReason, expireAt }: Record<string, unknown>): WriteAnswer {
  const known = SYNC_METHODS.find((each) => each === method);
  const expiry = typeof expireAt === 'string' ? Date.parse(expireAt) : undefined;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || known === undefined) {
    throw new CallFailedError('an answer to a write without version or method');
  }
  if (Number.isNaN(expiry)) throw new CallFailedError('an answer to a write whose expireAt is no time');
  return {
    version,
    method: known,
    ...(typeof fallbackReason === 'string' ? { fallbackReason } : {}),
    ...(expiry === undefined ? {} : { expireAt: expiry }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CallFailedError(`an answer that is not JSON: ${text.slice(0, 60)}`);
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The code of a tool's error, and the argument at fault, as far as it names them. */
function toolError(content: unknown): { code: string | undefined; field: string | undefined } {
  const [first] = Array.isArray(content) ? content : [];
  const { text } = asRecord(first);
  const { code, field } = asRecord(asRecord(parseJson(typeof text === 'string' ? text : '{}')).error);
  return {
    code: typeof code === 'string' ? code : undefined,
    field: typeof field === 'string' ? field : undefined,
  };
}

/** Errors are counted by their text, so that is kept short. */
function shorten(text: unknown): string {
  return typeof text === 'string' ? text.slice(0, 80) : 'an error without a message';
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'no answer in time';
  return 'code' in error ? String(error.code) : error.message;
}
