import {
  AccessRefusedError,
  ApiError,
  ClientError,
  type HttpReply,
  type HttpRequest,
  HybridSyncClient,
  NotAnApiError,
  PreconditionFailedError,
  TimedOutError,
  UnreachableError,
} from '@hybrid-sync/client';
import type { SyncMethod } from '@hybrid-sync/sync-core';
import type { ToolInput } from '@hybrid-sync/tool-contract';
import { Pool } from 'undici';
import { UsageError } from '../usage-error.js';

export type { SyncMethod };

/** All methods, in the order they are tried. */
export const SYNC_METHODS: readonly SyncMethod[] = ['ASYNC_THREAD', 'EVENT_BASED', 'JOURNALED'];

/** The answer to `kv_set` or `kv_del`, as far as the replay uses it. */
export interface WriteReply {
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
  constructor(message: string, mayHaveTakenEffect = true, cause?: ClientError) {
    super(message, { cause });
    this.mayHaveTakenEffect = mayHaveTakenEffect;
  }
}

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
 * Calls the api's tools by its client, over connections that are kept open, and sends nothing again: what becomes of each
 * call is what a trial is about.
 */
export class ApiClient {
  readonly #api: string;
  readonly #pool: Pool;
  readonly #client: HybridSyncClient;

  constructor({ api, maxConnections, timeoutMs, token }: ApiClientOptions) {
    this.#api = new URL(api).origin;
    this.#pool = new Pool(this.#api, { connections: maxConnections, connect: { timeout: timeoutMs } });
    const send = (request: HttpRequest) => this.#send(request);
    this.#client = new HybridSyncClient({ url: api, token, timeoutMs, retries: 0, resend: 'never', send });
  }

  /**
   * Looks whether the api is there, has reached Redis, and takes the token; its readiness may have a port of its own.
   * @throws UsageError that says what to do if it isn't
   */
  async checkReady(): Promise<void> {
    try {
      await this.#client.call('hybrid_sync_load_check', {});
    } catch (error) {
      if (error instanceof UnreachableError || error instanceof TimedOutError) {
        throw new UsageError(
          `no api answers at ${this.#api} (${reasonOf(error)}): start the service with "npm start", ` +
            'or say with --api where it is',
        );
      }
      if (error instanceof AccessRefusedError) {
        throw new UsageError(
          `the api at ${this.#api} wants a token with the role write: give one in HYBRID_SYNC_TOKEN`,
        );
      }
      throw new UsageError(`the api at ${this.#api} is not ready: ${reasonOf(error)}`);
    }
  }

  /** Sets a key. @throws CallFailedError */
  async set(key: string, value: string, ttlSec: number): Promise<WriteReply> {
    return asWriteAnswer(await this.#call('kv_set', { key, value, ttlSec }));
  }

  /** Sets a key where it is of this version, or where there is none. @returns whether that held @throws CallFailedError */
  async setIf(
    key: string,
    value: string,
    condition: { readonly ifVersion: number } | { readonly ifAbsent: true },
  ): Promise<boolean> {
    try {
      await this.#call('kv_set', { key, value, ...condition });
      return true;
    } catch (error) {
      if (error instanceof CallFailedError && error.cause instanceof PreconditionFailedError) return false;
      throw error;
    }
  }

  /** Deletes a key. @throws CallFailedError */
  async delete(key: string): Promise<WriteReply> {
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
    void this.#pool.destroy();
  }

  /** @throws CallFailedError */
  async #call<Name extends 'kv_get' | 'kv_set' | 'kv_del'>(
    name: Name,
    args: ToolInput<Name>,
  ): Promise<Record<string, unknown>> {
    try {
      return { ...(await this.#client.call(name, args)) };
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      const reason = error instanceof ApiError ? `${name}: ${reasonOf(error)}` : reasonOf(error);
      throw new CallFailedError(reason, error.mayHaveBeenDone, error);
    }
  }

  async #send({ url, method, headers, body, signal }: HttpRequest): Promise<HttpReply> {
    const { pathname, search } = new URL(url);
    const path = pathname + search;
    const reply = await this.#pool.request({ method, path, headers, body: body ?? null, signal });
    const retryAfter = reply.headers['retry-after'];
    return {
      status: reply.statusCode,
      text: await reply.body.text(),
      retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
    };
  }
}

function asWriteAnswer({ version, method, fallbackReason, expireAt }: Record<string, unknown>): WriteReply {
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

/** What a call failed of, as short as reports name it. */
function reasonOf(error: unknown): string {
  if (error instanceof TimedOutError) return 'no answer in time';
  if (error instanceof NotAnApiError) return `HTTP ${error.status}`;
  if (error instanceof ApiError)
    return error.field === undefined ? error.code : `${error.code} (${error.field})`;
  const cause = error instanceof UnreachableError ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause ? String(cause.code) : cause.message;
}
