import type { ReadAnswer, SyncMethod, WriteReply } from '../load/api-client.js';
import type { VirtualClock } from './virtual-clock.js';

/** A service in memory that does everything right, with a latency of its own; tests make it do wrong. */
export class FakeService {
  readonly pairs = new Map<string, { value: string; version: number }>();
  /** How the next writes are answered. */
  method: SyncMethod = 'ASYNC_THREAD';
  readonly #clock: VirtualClock;
  readonly #latencyMs: number;
  #version = 1000;

  constructor(clock: VirtualClock, latencyMs: number) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  async set(key: string, value: string, _ttlSec: number): Promise<WriteReply> {
    const version = ++this.#version;
    this.pairs.set(key, { value, version });
    const { method } = this;
    await this.#clock.after(this.#latencyMs);
    return { version, method };
  }

  async delete(key: string): Promise<WriteReply> {
    const version = ++this.#version;
    this.pairs.delete(key);
    const { method } = this;
    await this.#clock.after(this.#latencyMs);
    return { version, method };
  }

  async get(key: string): Promise<ReadAnswer> {
    const pair = this.pairs.get(key);
    await this.#clock.after(this.#latencyMs);
    return pair === undefined ? { found: false } : { found: true, ...pair };
  }
}
