import { requestOf, type ToolInput, type ToolRequest } from '@hybrid-sync/tool-contract';
import { Pool } from 'undici';
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

/** The code of a read that finds nothing. */
const NO_SUCH_KEY = 'NOT_FOUND';

/** The code of a write whose condition does not hold: nothing was changed. */
const CONDITION_FAILED = 'PRECONDITION_FAILED';

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

type Tool = 'kv_get' | 'kv_set' | 'kv_del';

/** Calls the api's tools over HTTP on connections that are kept open. */
export class ApiClient {
  readonly #origin: string;
  /** With a slash at its end. */
  readonly #path: string;
  readonly #pool: Pool;
  readonly #timeoutMs: number;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ api, maxConnections, timeoutMs, token }: ApiClientOptions) {
    const { origin, pathname } = new URL(api);
    this.#origin = origin;
    this.#path = pathname.endsWith('/') ? pathname : `${pathname}/`;
    this.#pool = new Pool(origin, { connections: maxConnections, connect: { timeout: timeoutMs } });
    this.#timeoutMs = timeoutMs;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /**
   * Looks whether the api is there, has reached Redis, and takes the token; its readiness may have a port of its own.
   * @throws UsageError that says what to do if it isn't
   */
  async checkReady(): Promise<void> {
    const { status, text } = await this.#send(requestOf('hybrid_sync_load_check', {})).catch(
      (error: unknown) => {
        throw new UsageError(
          `no api answers at ${this.#origin} (${reasonOf(error)}): start the service with "npm start", ` +
            'or say with --api where it is',
        );
      },
    );
    if (status === 401 || status === 403) {
      throw new UsageError(
        `the api at ${this.#origin} wants a token with the role write: give one in HYBRID_SYNC_TOKEN`,
      );
    }
    if (status !== 200) {
      throw new UsageError(`the api at ${this.#origin} is not ready (HTTP ${status}): ${text.slice(0, 500)}`);
    }
  }

  /** Sets a key. @throws CallFailedError */
  async set(key: string, value: string, ttlSec: number): Promise<WriteAnswer> {
    return asWriteAnswer(await this.#call('kv_set', { key, value, ttlSec }));
  }

  /** Sets a key where it is of this version, or where there is none. @returns whether that held @throws CallFailedError */
  async setIf(
    key: string,
    value: string,
    condition: { readonly ifVersion: number } | { readonly ifAbsent: true },
  ): Promise<boolean> {
    const { code } = await this.#call('kv_set', { key, value, ...condition });
    return code !== CONDITION_FAILED;
  }

  /** Deletes a key. @throws CallFailedError */
  async delete(key: string): Promise<WriteAnswer> {
    return asWriteAnswer(await this.#call('kv_del', { key }));
  }

  /** Reads a key. @throws CallFailedError */
  async get(key: string): Promise<ReadAnswer> {
    const { found, value, version, code } = await this.#call('kv_get', { key });
    if (code === NO_SUCH_KEY) return { found: false };
    if (found === true && typeof value === 'string' && typeof version === 'number')
      return { found, value, version };
    throw new CallFailedError('an answer to kv_get without found, value or version');
  }

  /** Closes all connections; calls under way fail. */
  close(): void {
    void this.#pool.destroy();
  }

  /** The body of the answer. @throws CallFailedError for what is none, and not that of a read that finds nothing or a condition that fails */
  async #call<Name extends Tool>(name: Name, args: ToolInput<Name>): Promise<Record<string, unknown>> {
    const { status, text } = await this.#send(requestOf(name, args)).catch((error: unknown) => {
      const reason = reasonOf(error);
      throw new CallFailedError(reason, reason !== NOT_SENT);
    });
    const answer = parsed(text);
    if (status === 200) {
      if (answer === undefined) throw new CallFailedError(`an answer that is not JSON: ${text.slice(0, 60)}`);
      return answer;
    }
    const { code, field } = answer ?? {};
    if (name === 'kv_get' && code === NO_SUCH_KEY) return { code };
    if (name === 'kv_set' && code === CONDITION_FAILED) return { code };
    if (typeof code !== 'string') throw new CallFailedError(`HTTP ${status}`);
    const where = typeof field === 'string' ? ` (${field})` : '';
    throw new CallFailedError(`${name}: ${code}${where}`, !REFUSALS.has(code));
  }

  async #send({ method, path, headers, body }: ToolRequest): Promise<{ status: number; text: string }> {
    const { statusCode, body: answer } = await this.#pool.request({
      method,
      path: `${this.#path}${path}`,
      headers: {
        ...this.#headers,
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(this.#timeoutMs),
    });
    return { status: statusCode, text: await answer.text() };
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

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'no answer in time';
  return 'code' in error ? String(error.code) : error.message;
}
