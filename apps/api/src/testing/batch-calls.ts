import { expect } from 'vitest';
import { send } from './http-request.js';
import type { InProcessApi } from './in-process-api.js';

/** One write of a batch, right or wrong. */
export type BatchWrite = Record<string, unknown> & { op: 'set' | 'del' | 'expire' | 'incr'; key: string };
/** What is answered of one write. */
interface Result {
  readonly op: string;
  readonly key: string;
  readonly version?: number;
  readonly method?: string;
  readonly expireAt?: string;
  readonly existed?: boolean;
  readonly sum?: number;
  readonly error?: { code: string; message: string; version?: number | null };
}
/** What a batch is answered. */
export interface BatchAnswer {
  readonly done: number;
  readonly failed: number;
  readonly results: Result[];
}

/** A write of each kind, with `more` of its arguments. */
export const set = (key: string, value: string, more: object = {}): BatchWrite => ({
  op: 'set',
  key,
  value,
  ...more,
});
/** A delete. */
export const del = (key: string, more: object = {}): BatchWrite => ({ op: 'del', key, ...more });
/** A change of when a key expires. */
export const expire = (key: string, more: object): BatchWrite => ({ op: 'expire', key, ...more });
/** An addition to a number; of 1, unless `more` says another. */
export const incr = (key: string, more: object = {}): BatchWrite => ({ op: 'incr', key, ...more });

/** Sends a batch over HTTP, whatever is in it. */
export const sendBatch = (api: InProcessApi, body: object) =>
  send(api.app, { method: 'POST', url: '/kv/batch', body });

/** Sends a batch over HTTP, which is taken; `more` of its arguments. */
export async function batchOf(
  api: InProcessApi,
  operations: BatchWrite[],
  more: object = {},
): Promise<BatchAnswer> {
  const { status, body } = await sendBatch(api, { operations, ...more });
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}
