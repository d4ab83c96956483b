import { type Failing, SuccessWatch } from './success-watch.js';

/** Writes that fail for so long, in milliseconds, with none that succeeds, are taken for an outage. */
export const WRITES_FAIL_AFTER_MS = 4000;
/** What clients' writes said counts as long as one failed within this time, in milliseconds: then probes alone tell. */
const CLIENTS_COUNT_MS = 10_000;

/**
 * Whether a pod can write, by what became of its clients' writes and of the probes that do what a write needs:
 *
 *   clients' writes fail, none succeeds ─ for WRITES_FAIL_AFTER_MS ─▶ can't write ─ one succeeds ─────────▶ can write
 *   probes fail, none succeeds ────────── for WRITES_FAIL_AFTER_MS ─▶     "       ─ no client's write failed
 *                                                                                   lately, a probe succeeds ─▶ "
 *
 * The same as for clients' writes holds for those that Redis took, and that are refused since it alone has them.
 *
 * A pod that is sent no more writes, since it can't write, learns from its probes that it can again. A probe that
 * succeeds does not make up for clients' writes that fail: those may need more than it does.
 */
export class WriteHealth {
  readonly #clients = new SuccessWatch();
  /** Of clients' writes that Redis took: whether they were also answered. */
  readonly #answers = new SuccessWatch();
  readonly #probes = new SuccessWatch();
  #probeSince: number | undefined;

  /** A client's write was applied. */
  written(): void {
    this.#clients.succeeded();
    this.#probes.succeeded();
  }

  /** A client's write that began at `startedAt` failed of what would fail others too. */
  notWritten(cause: string, startedAt: number, now?: number): void {
    failed(this.#clients, cause, startedAt, now);
  }

  /** MongoDB, or as many replicas of Redis as are asked for, have a client's write. */
  kept(): void {
    this.#answers.succeeded();
  }

  /** Neither has one that began at `startedAt`, so it was refused, though Redis took it. */
  notKept(cause: string, startedAt: number, now?: number): void {
    failed(this.#answers, cause, startedAt, now);
  }

  /** A probe begins. */
  probing(now: number = performance.now()): void {
    this.#probeSince = now;
  }

  /** The probe that began last ended; `cause`: what it failed of, undefined when it succeeded. */
  probed(cause?: string, now: number = performance.now()): void {
    const startedAt = this.#probeSince ?? now;
    this.#probeSince = undefined;
    if (cause === undefined) this.#probes.succeeded();
    else this.#probes.failed(cause, startedAt, now);
  }

  /** What writes fail of, when none has succeeded for too long; undefined while they succeed, or would. */
  failing(now: number = performance.now()): Failing | undefined {
    for (const watch of [this.#clients, this.#answers]) {
      const clients = watch.failing(WRITES_FAIL_AFTER_MS, now);
      if (clients !== undefined && watch.quietMs(now) < CLIENTS_COUNT_MS) return clients;
    }
    return this.#probes.failing(WRITES_FAIL_AFTER_MS, now) ?? this.#hangingProbe(now);
  }

  #hangingProbe(now: number): Failing | undefined {
    const forMs = now - (this.#probeSince ?? now);
    return forMs < WRITES_FAIL_AFTER_MS ? undefined : { forMs, cause: 'TIMEOUT' };
  }
}

function failed(watch: SuccessWatch, cause: string, startedAt: number, now?: number): void {
  // A failure that no other one came after for long says nothing of those between.
  if (watch.quietMs(now) >= CLIENTS_COUNT_MS) watch.succeeded();
  watch.failed(cause, startedAt, now);
}
