import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Target } from './target.js';

/** Time between two writes, in milliseconds. */
const EVERY_MS = 25;

/** Longest that a write is waited for, in milliseconds. */
const TIMEOUT_MS = 15_000;

/** Another client of the attacked pod, which writes one small pair after the other. */
export class Bystander {
  readonly #target: Target;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #slowestMs = 0;
  #failed = 0;
  #writes = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Writes until the signal; resolves when the last write is answered. */
  async write(until: AbortSignal): Promise<{ slowestMs: number; failed: number; writes: number }> {
    while (!until.aborted) {
      const began = performance.now();
      const status = await put(this.#target, 'bystander', `${this.#writes}`, this.#agent);
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - began);
      this.#writes++;
      if (status !== 200) this.#failed++;
      await pause(EVERY_MS);
    }
    this.#agent.destroy();
    return { slowestMs: this.#slowestMs, failed: this.#failed, writes: this.#writes };
  }
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
