import { slotOf } from '@hybrid-sync/sync-core';
import {
  CallFailedError,
  Ledger,
  type RunClock,
  type RunRequest,
  type ValueMaker,
  type WriteRequest,
} from '@hybrid-sync/trials';
import type { ConditionalClients } from '../registers/conditional-clients.js';
import type { Which } from '../system/deployment.js';
import type { PodPair } from './pod-pair.js';
import type { WriteRecord } from './write-record.js';

/** Most faulty answers kept as examples. */
const MOST_SAMPLES = 10;

/** What the traffic needs. */
export interface FaultTrafficParts {
  readonly pods: Pick<PodPair, 'read' | 'write'>;
  readonly values: ValueMaker;
  readonly clock: RunClock;
  /** The time by which the pair of a key expires, in milliseconds since 1970. */
  readonly now: (key: string) => number;
  /** Pauses while Redis has lost data. */
  readonly registers: Pick<ConditionalClients, 'pause' | 'resume'>;
  /** Told of each write when it has ended. */
  readonly onWrite: (write: WriteRecord) => void;
}

/** What became of a round's requests. */
export interface RoundOfTraffic {
  readonly writes: WriteRecord[];
  /** The first answers that broke a promise, as sentences. */
  readonly faulty: string[];
  /** How many there were. */
  faultyCount: number;
}

/** Sends requests to both pods in turn and keeps what they answered: each write, and whether reads were right. */
export class FaultTraffic {
  /** All keys of all rounds. */
  readonly ledger: Ledger;
  readonly #parts: FaultTrafficParts;
  #round: RoundOfTraffic = { writes: [], faulty: [], faultyCount: 0 };
  /** Reads may be older than what was acknowledged: Redis has lost data, and they are not restored yet. */
  #stale = false;

  constructor(parts: FaultTrafficParts) {
    this.#parts = parts;
    this.ledger = new Ledger((number, bytes) => parts.values.value(number, bytes));
  }

  /** What was written since the last call, and answers that broke a promise. */
  takeRound(): RoundOfTraffic {
    const taken = this.#round;
    this.#round = { writes: [], faulty: [], faultyCount: 0 };
    return taken;
  }

  /** The newest version that was acknowledged in each slot; slots without any are left out. */
  newestVersions(slots: number): Map<number, number> {
    const newest = new Map<number, number>();
    for (const { key, acknowledged } of this.ledger.written()) {
      if (acknowledged === undefined) continue;
      const slot = slotOf(key, slots);
      newest.set(slot, Math.max(newest.get(slot) ?? 0, acknowledged.version));
    }
    return newest;
  }

  /** Redis came back with older data: until they are restored, reads may be old. */
  redisLostData(): void {
    this.#stale = true;
    this.#parts.registers.pause();
  }

  /** How many writes were answered `JOURNALED` since a time of the run's clock. */
  journaledSince(from: number): number {
    return this.#round.writes.filter(({ outcome, endedAt }) => outcome === 'JOURNALED' && endedAt >= from)
      .length;
  }

  /**
   * Redis has again what MongoDB holds. What was answered `JOURNALED` between `from` and `until`, on the run's clock, only
   * the lost data held, if these times are given: it is not asked for any more.
   */
  redisRestored(lost?: { readonly from: number; readonly until: number }): void {
    if (lost !== undefined) {
      for (const { key, outcome, endedAt } of this.#round.writes) {
        if (outcome === 'JOURNALED' && endedAt >= lost.from && endedAt <= lost.until) this.ledger.forget(key);
      }
    }
    this.#stale = false;
    this.#parts.registers.resume();
  }

  /** Sends one request and keeps its outcome; never fails of what the pods answer. */
  async send(request: RunRequest, intendedAt: number): Promise<void> {
    const first: Which = request.number % 2 === 0 ? 0 : 1;
    if (request.op === 'get') await this.#read(request.key, first);
    else await this.#write(request, first, intendedAt);
  }

  async #read(key: string, first: Which): Promise<void> {
    const { pods, now } = this.#parts;
    const staleAtFirst = this.#stale;
    const judge = this.ledger.beginRead(key, now(key));
    try {
      const verdict = judge(await pods.read(first, (client) => client.get(key)), now(key));
      if (verdict.kind === 'wrong' && !staleAtFirst && !this.#stale)
        this.#note(`read of ${key}: ${verdict.reason}`);
    } catch (error) {
      if (!(error instanceof CallFailedError)) throw error;
    }
  }

  async #write(request: WriteRequest, first: Which, intendedAt: number): Promise<void> {
    const { pods, values, clock, onWrite } = this.#parts;
    const noted = this.ledger.begin(request);
    const asked: Which[] = [];
    const record = (outcome: WriteRecord['outcome'], reason: string) => {
      const { key } = request;
      const written = { key, intendedAt, endedAt: clock.now(), pods: asked, outcome, reason };
      this.#round.writes.push(written);
      onWrite(written);
    };
    try {
      const answer = await pods.write(
        first,
        (client) =>
          request.op === 'set'
            ? client.set(request.key, values.value(request.number, request.valueBytes), request.ttlSec)
            : client.delete(request.key),
        (pod) => asked.push(pod),
      );
      record(answer.method, '');
      const fault = noted.acknowledged(answer);
      if (fault !== undefined) this.#note(`write of ${request.key}: ${fault}`);
    } catch (error) {
      noted.failed(!(error instanceof CallFailedError) || error.mayHaveTakenEffect);
      if (!(error instanceof CallFailedError)) throw error;
      record(isAnswer(error) ? 'refused' : 'unanswered', error.message);
    }
  }

  #note(sentence: string): void {
    this.#round.faultyCount++;
    if (this.#round.faulty.length < MOST_SAMPLES) this.#round.faulty.push(sentence);
  }
}

/** Whether a failure is a pod's own word, and not the lack of one. Connections that were refused are a clear word, too. */
function isAnswer({ message, mayHaveTakenEffect }: CallFailedError): boolean {
  return !mayHaveTakenEffect || /^(kv_|HTTP )/.test(message);
}
