import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Dispatcher, request } from 'undici';
import type { Target } from './pod-under-attack.js';

/** Time between two writes, in milliseconds. */
const EVERY_MS = 25;
/** Longest that a write is waited for, in milliseconds. */
const TIMEOUT_MS = 15_000;

/** What became of the other client's writes. */
export interface BystanderWrites {
  readonly writes: number;
  /** Those that were not answered 200. */
  readonly failed: number;
  readonly slowestMs: number;
}

/** Another client of the attacked pod, which writes one small pair after the other until the signal. */
export async function writeBeside(target: Target, until: AbortSignal): Promise<BystanderWrites> {
  const connection = new Client(`http://127.0.0.1:${target.port}`);
  let [writes, failed, slowestMs] = [0, 0, 0];
  while (!until.aborted) {
    const began = performance.now();
    const status = await put(target, 'bystander', `${writes}`, connection);
    slowestMs = Math.max(slowestMs, performance.now() - began);
    writes++;
    if (status !== 200) failed++;
    await pause(EVERY_MS);
  }
  await connection.destroy();
  return { writes, failed, slowestMs };
}

/** Writes a pair. @returns the answer's status; undefined where there was none */
export async function put(
  { port, writeToken }: Target,
  key: string,
  value: string,
  dispatcher?: Dispatcher,
): Promise<number | undefined> {
  try {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/kv/${key}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${writeToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ value }),
      ...{ headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS },
      ...(dispatcher && { dispatcher }),
    });
    await body.dump();
    return statusCode;
  } catch {
    return undefined;
  }
}
