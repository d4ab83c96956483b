import type { WriteRequest } from '../workload/requests.js';
import type { ReadAnswer, WriteReply } from './api-client.js';

/**
 * How near to its expiry a value may be read either way, in milliseconds: this machine's clock and Redis'
 * need not agree better than that.
 */
export const EXPIRY_MARGIN_MS = 1000;

/** The newest mutation of a key that the service acknowledged to this run. */
export interface AcknowledgedWrite {
  readonly version: number;
  /** The set that made it, or undefined for a delete. */
  readonly set: { readonly number: number; readonly valueBytes: number } | undefined;
  /** Milliseconds since 1970; absent for never. */
  readonly expireAt?: number;
}

/** What the run knows of one key it wrote. */
export interface WrittenKey {
  readonly key: string;
  readonly acknowledged: AcknowledgedWrite | undefined;
  /** A write to it brought no answer, and may have taken effect, or may still do so. */
  readonly uncertain: boolean;
}

/** What a read turned out to be. */
export type ReadVerdict =
  | { readonly kind: 'right' }
  /** A write to the key was under way, or its outcome or the expiry makes more than one answer right. */
  | { readonly kind: 'not-judged' }
  | { readonly kind: 'wrong'; readonly reason: string };

interface Entry {
  acknowledged: AcknowledgedWrite | undefined;
  uncertain: boolean;
  inFlight: number;
  /** Writes begun so far. */
  begun: number;
}

/**
 * What the service told this run, key by key: the yardstick for reads during the run and for the stores after
 * it. It keeps numbers, not values; about 200 bytes per key written.
 *
 * Keys belong to this run alone (their prefix sees to that), so nobody else's writes need to be reckoned
 * with.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  /** The text of a set's value. */
  readonly valueText: (number: number, bytes: number) => string;

  constructor(valueText: (number: number, bytes: number) => string) {
    this.valueText = valueText;
  }

  /** Keys written, or tried to. */
  get size(): number {
    return this.#entries.size;
  }

  /** Notes that a write is sent. Call exactly one function of what it returns, once. */
  begin(write: WriteRequest): {
    /** The service acknowledged it. @returns what the acknowledgement breaks, if anything */
    acknowledged(answer: WriteReply): string | undefined;
    /** No usable answer came; `uncertain` if the write may have taken effect, or may still do so. */
    failed(uncertain: boolean): void;
  } {
    const entry = this.#entryOf(write.key);
    const before = entry.acknowledged?.version;
    entry.inFlight++;
    entry.begun++;
    return {
      acknowledged: ({ version, expireAt }) => {
        entry.inFlight--;
        if (entry.acknowledged === undefined || entry.acknowledged.version < version) {
          entry.acknowledged = {
            version,
            set: write.op === 'set' ? { number: write.number, valueBytes: write.valueBytes } : undefined,
            ...(expireAt === undefined ? {} : { expireAt }),
          };
        }
        return before !== undefined && version <= before
          ? `version ${version} came after version ${before} of the same key was acknowledged`
          : undefined;
      },
      failed: (uncertain) => {
        entry.inFlight--;
        entry.uncertain ||= uncertain;
      },
    };
  }

  /**
   * Notes that a read is sent.
   * @returns to be called with the answer and the time (milliseconds since 1970) it came
   */
  beginRead(key: string, sentAt: number): (answer: ReadAnswer, answeredAt: number) => ReadVerdict {
    const atFirst = this.#entries.get(key);
    const quietAtFirst = (atFirst?.inFlight ?? 0) === 0;
    const begunAtFirst = atFirst?.begun ?? 0;
    const newestAtFirst = atFirst?.acknowledged?.version;
    return (answer, answeredAt) => {
      const entry = this.#entries.get(key);
      if (entry === undefined) return verdictOnAbsent(answer, 'never set');
      // Whatever goes on meanwhile: what was acknowledged before the read was sent must not be unseen by it.
      if (answer.found && newestAtFirst !== undefined && answer.version < newestAtFirst) {
        return wrong(`version ${answer.version}, although ${newestAtFirst} was acknowledged before`);
      }
      if (!quietAtFirst || entry.begun !== begunAtFirst || entry.uncertain) return { kind: 'not-judged' };
      return this.#judge(answer, entry.acknowledged, sentAt, answeredAt);
    };
  }

  /** What was acknowledged of a key is not expected any more: something took it that may. */
  forget(key: string): void {
    const entry = this.#entryOf(key);
    entry.acknowledged = undefined;
    entry.uncertain = true;
  }

  /** Every key written. */
  *written(): Generator<WrittenKey, void, void> {
    for (const [key, { acknowledged, uncertain }] of this.#entries) yield { key, acknowledged, uncertain };
  }

  #judge(
    answer: ReadAnswer,
    newest: AcknowledgedWrite | undefined,
    sentAt: number,
    answeredAt: number,
  ): ReadVerdict {
    if (newest?.set === undefined)
      return verdictOnAbsent(answer, newest === undefined ? 'never set' : 'deleted');
    const { version, set, expireAt } = newest;
    if (expireAt !== undefined) {
      if (sentAt > expireAt + EXPIRY_MARGIN_MS) return verdictOnAbsent(answer, 'expired');
      if (answeredAt > expireAt - EXPIRY_MARGIN_MS) return { kind: 'not-judged' };
    }
    if (!answer.found) return wrong(`not found, although version ${version} was acknowledged`);
    if (answer.version !== version) return wrong(`version ${answer.version}, which nobody was told of`);
    return answer.value === this.valueText(set.number, set.valueBytes)
      ? { kind: 'right' }
      : wrong(`another value than the one set, under its version ${version}`);
  }

  #entryOf(key: string): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { acknowledged: undefined, uncertain: false, inFlight: 0, begun: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}

function verdictOnAbsent(answer: ReadAnswer, why: string): ReadVerdict {
  return answer.found ? wrong(`version ${answer.version}, although the key was ${why}`) : { kind: 'right' };
}

function wrong(reason: string): ReadVerdict {
  return { kind: 'wrong', reason };
}
