import type { RunRequest, WriteRequest } from '../workload/requests.js';
import type { ValueMaker } from '../workload/values.js';
import { type ApiClient, CallFailedError, type SyncMethod } from './api-client.js';
import type { RunClock } from './clock.js';
import { Ledger } from './ledger.js';
import { type Phase, Tally } from './tally.js';

/** Most faulty samples kept of each sort. */
const MOST_SAMPLES = 10;

/** A read that returned the wrong thing, or a write whose version did not rise. */
export interface FaultySample {
  readonly key: string;
  readonly reason: string;
}

/** What the traffic needs. */
interface TrafficParts {
  readonly api: Pick<ApiClient, 'get' | 'set' | 'delete'>;
  readonly values: ValueMaker;
  readonly clock: RunClock;
  /** Told of each write that was acknowledged. */
  readonly onWrite?: (write: AnsweredWrite) => void;
}

/** A write that was acknowledged. Times are on the run's clock, in milliseconds. */
export interface AnsweredWrite {
  readonly method: SyncMethod;
  /** Why it was not the fast path; undefined where it was. */
  readonly fallbackReason: string | undefined;
  /** When it should have been sent: latency counts from here. */
  readonly intendedAt: number;
  readonly latencyMs: number;
}

/** Reads by what came back. */
interface ReadCounts {
  found: number;
  absent: number;
  /** The right answer can't be told, as a write or the expiry came in between. */
  notJudged: number;
  wrong: number;
}

/** Sends requests to the api and keeps what it answered: how much, how fast, and whether it was right. */
export class Traffic {
  readonly tally = new Tally();
  readonly ledger: Ledger;
  readonly reads: ReadCounts = { found: 0, absent: 0, notJudged: 0, wrong: 0 };
  /** The first wrong reads. */
  readonly wrongReads: FaultySample[] = [];
  /** The first writes whose version did not rise. */
  readonly orderFaults: FaultySample[] = [];
  /** How many writes' versions did not rise. */
  orderFaultCount = 0;
  /** The part of the run that requests sent now belong to. */
  phase: Phase = 'before';
  readonly #parts: TrafficParts;

  constructor(parts: TrafficParts) {
    this.#parts = parts;
    this.ledger = new Ledger((number, bytes) => parts.values.value(number, bytes));
  }

  /**
   * Sends one request and counts its outcome; never fails. Latency counts from `intendedAt`, a time on the
   * clock.
   */
  async send(request: RunRequest, intendedAt: number): Promise<void> {
    try {
      if (request.op === 'get') await this.#read(request.key, intendedAt);
      else await this.#write(request, intendedAt);
    } catch (error) {
      if (!(error instanceof CallFailedError)) throw error;
      this.tally.failure(request.op, error.message);
    }
  }

  async #read(key: string, intendedAt: number): Promise<void> {
    const judge = this.ledger.beginRead(key, Date.now());
    const answer = await this.#parts.api.get(key);
    this.tally.answer('get', this.#parts.clock.now() - intendedAt);
    const verdict = judge(answer, Date.now());
    if (answer.found) this.reads.found++;
    else this.reads.absent++;
    if (verdict.kind === 'not-judged') this.reads.notJudged++;
    if (verdict.kind === 'wrong') {
      this.reads.wrong++;
      keepFirst(this.wrongReads, { key, reason: verdict.reason });
    }
  }

  async #write(request: WriteRequest, intendedAt: number): Promise<void> {
    const { api, values, clock, onWrite } = this.#parts;
    const { phase } = this;
    const noted = this.ledger.begin(request);
    try {
      const answer = await (request.op === 'set'
        ? api.set(request.key, values.value(request.number, request.valueBytes), request.ttlSec)
        : api.delete(request.key));
      const latencyMs = clock.now() - intendedAt;
      this.tally.write(request.op, answer.method, phase, latencyMs);
      onWrite?.({ method: answer.method, fallbackReason: answer.fallbackReason, intendedAt, latencyMs });
      const fault = noted.acknowledged(answer);
      if (fault === undefined) return;
      this.orderFaultCount++;
      keepFirst(this.orderFaults, { key: request.key, reason: fault });
    } catch (error) {
      noted.failed(!(error instanceof CallFailedError) || error.mayHaveTakenEffect);
      throw error;
    }
  }
}

function keepFirst(samples: FaultySample[], sample: FaultySample): void {
  if (samples.length < MOST_SAMPLES) samples.push(sample);
}
