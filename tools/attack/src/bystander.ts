import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Target } from './target.js';

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
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let [writes, failed, slowestMs] = [0, 0, 0];
  while (!until.aborted) {
    const began = performance.now();
    const status = await put(target, 'bystander', `${writes}`, agent);
    slowestMs = Math.max(slowestMs, performance.now() - began);
    writes++;
    if (status !== 200) failed++;
    await pause(EVERY_MS);
  }
  agent.destroy();
  return { writes, failed, slowestMs };
}

/** Writes a pair. @returns the answer's status; undefined where there was none */
export function put(
  { port, writeToken }: Target,
  key: string,
  value: string,
  agent?: Agent,
): Promise<number | undefined> {
  const headers = { authorization: `Bearer ${writeToken}`, 'content-type': 'application/json' };
  return new Promise((resolve) => {
    const sent = request(
      { port, host: '127.0.0.1', path: `/kv/${key}`, method: 'PUT', headers, agent, timeout: TIMEOUT_MS },
      (answer) => {
        answer.resume().on('close', () => resolve(answer.statusCode));
      },
    );
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(undefined));
    sent.end(JSON.stringify({ value }));
  });
}
