import { describe, expect, it } from 'vitest';
import type { ReadAnswer } from './api-client.js';
import { Ledger } from './ledger.js';

const NOW = 1_700_000_000_000;
const textOf = (number: number, bytes: number) => `value ${number} of ${bytes}`;
const set = (number: number) => ({ number, key: 'k', op: 'set', valueBytes: 9, ttlSec: 60 }) as const;
const del = (number: number) => ({ number, key: 'k', op: 'delete' }) as const;
const found = (version: number, number: number): ReadAnswer => ({
  found: true,
  version,
  value: textOf(number, 9),
});
const ABSENT: ReadAnswer = { found: false };

function ledgerWith(...versions: number[]): Ledger {
  const ledger = new Ledger(textOf);
  versions.forEach((version, number) => {
    ledger.begin(set(number)).acknowledged({ version, method: 'ASYNC_THREAD' });
  });
  return ledger;
}

const read = (ledger: Ledger, answer: ReadAnswer, sentAt = NOW, answeredAt = sentAt + 1) =>
  ledger.beginRead('k', sentAt)(answer, answeredAt);

describe('a read', () => {
  it('is right when it returns the newest acknowledged value', () => {
    expect(read(ledgerWith(10, 20), found(20, 1))).toEqual({ kind: 'right' });
  });

  it('is wrong when it returns an older version, or none', () => {
    expect(read(ledgerWith(10, 20), found(10, 0))).toEqual({
      kind: 'wrong',
      reason: 'version 10, although 20 was acknowledged before',
    });
    expect(read(ledgerWith(10, 20), ABSENT)).toMatchObject({ kind: 'wrong' });
  });

  it('is wrong when it returns another value under the right version', () => {
    expect(read(ledgerWith(10, 20), found(20, 0))).toMatchObject({ kind: 'wrong' });
  });

  it('is wrong when it returns a version nobody wrote', () => {
    expect(read(ledgerWith(10), found(99, 0))).toMatchObject({ kind: 'wrong' });
  });

  it('of a key never set must find nothing', () => {
    expect(read(new Ledger(textOf), ABSENT)).toEqual({ kind: 'right' });
    expect(read(new Ledger(textOf), found(1, 0))).toMatchObject({ kind: 'wrong' });
  });

  it('of a deleted key must find nothing', () => {
    const ledger = ledgerWith(10);
    ledger.begin(del(1)).acknowledged({ version: 20, method: 'EVENT_BASED' });
    expect(read(ledger, ABSENT)).toEqual({ kind: 'right' });
    expect(read(ledger, found(10, 0))).toMatchObject({ kind: 'wrong', reason: /deleted/ });
  });

  it('goes by the highest version, in whatever order acknowledgements come', () => {
    const ledger = new Ledger(textOf);
    const [first, second] = [ledger.begin(set(0)), ledger.begin(set(1))];
    second.acknowledged({ version: 20, method: 'ASYNC_THREAD' });
    first.acknowledged({ version: 10, method: 'ASYNC_THREAD' });
    expect(read(ledger, found(20, 1))).toEqual({ kind: 'right' });
  });

  it('is not judged while a write is under way when it is sent', () => {
    const ledger = ledgerWith(10);
    const write = ledger.begin(set(1));
    const judge = ledger.beginRead('k', NOW);
    write.acknowledged({ version: 20, method: 'ASYNC_THREAD' });
    expect(judge(found(10, 0), NOW + 1)).toEqual({ kind: 'not-judged' });
  });

  it('is wrong when it returns less than what was acknowledged before it, whatever is under way', () => {
    const ledger = ledgerWith(10, 20);
    ledger.begin(set(2));
    ledger.begin(set(3)).failed(true);
    expect(read(ledger, found(10, 0))).toMatchObject({ kind: 'wrong' });
    expect(read(ledger, found(20, 1))).toEqual({ kind: 'not-judged' });
    expect(read(ledger, ABSENT)).toEqual({ kind: 'not-judged' });
  });

  it('is not judged when a write began after it, even if that is acknowledged by then', () => {
    const ledger = ledgerWith(10);
    const judge = ledger.beginRead('k', NOW);
    ledger.begin(set(1)).acknowledged({ version: 20, method: 'ASYNC_THREAD' });
    expect(judge(found(10, 0), NOW + 1)).toEqual({ kind: 'not-judged' });
  });

  it('is not judged when the first write of its key began after it', () => {
    const ledger = new Ledger(textOf);
    const judge = ledger.beginRead('k', NOW);
    ledger.begin(set(0)).acknowledged({ version: 10, method: 'ASYNC_THREAD' });
    expect(judge(found(10, 0), NOW + 1)).toEqual({ kind: 'not-judged' });
  });

  it('is not judged any more once a write to its key brought no answer', () => {
    const ledger = ledgerWith(10);
    ledger.begin(set(1)).failed(true);
    expect(read(ledger, found(30, 1))).toEqual({ kind: 'not-judged' });
    ledger.begin(set(2)).acknowledged({ version: 40, method: 'ASYNC_THREAD' });
    expect(read(ledger, found(50, 1))).toEqual({ kind: 'not-judged' });
  });

  it('is judged as ever after a write that was refused', () => {
    const ledger = ledgerWith(10);
    ledger.begin(set(1)).failed(false);
    expect(read(ledger, found(10, 0))).toEqual({ kind: 'right' });
    expect(read(ledger, found(20, 1))).toMatchObject({ kind: 'wrong', reason: /nobody was told of/ });
  });

  it.each([
    ['well before the expiry', -5000, { kind: 'right' }, { kind: 'wrong' }],
    ['about the expiry', -100, { kind: 'not-judged' }, { kind: 'not-judged' }],
    ['just after it', 500, { kind: 'not-judged' }, { kind: 'not-judged' }],
    ['well after it', 5000, { kind: 'wrong' }, { kind: 'right' }],
  ])('%s', (_, afterExpiry, whenFound, whenAbsent) => {
    const ledger = new Ledger(textOf);
    ledger.begin(set(0)).acknowledged({ version: 10, method: 'ASYNC_THREAD', expireAt: NOW });
    expect(read(ledger, found(10, 0), NOW + afterExpiry)).toMatchObject(whenFound);
    expect(read(ledger, ABSENT, NOW + afterExpiry)).toMatchObject(whenAbsent);
  });
});

describe('a write', () => {
  it('must get a version above the one acknowledged before it was sent', () => {
    const ledger = ledgerWith(20);
    expect(ledger.begin(set(1)).acknowledged({ version: 20, method: 'ASYNC_THREAD' })).toMatch(
      /version 20 came after/,
    );
    expect(ledger.begin(set(2)).acknowledged({ version: 21, method: 'ASYNC_THREAD' })).toBeUndefined();
  });

  it('may get any version beside one that was under way at the same time', () => {
    const ledger = new Ledger(textOf);
    const [first, second] = [ledger.begin(set(0)), ledger.begin(set(1))];
    expect(second.acknowledged({ version: 20, method: 'ASYNC_THREAD' })).toBeUndefined();
    expect(first.acknowledged({ version: 10, method: 'ASYNC_THREAD' })).toBeUndefined();
  });

  it('leaves its key, newest version and doubts for the checks after the run', () => {
    const ledger = ledgerWith(10);
    ledger.begin(set(1)).failed(true);
    ledger.begin({ ...set(2), key: 'other' }).failed(true);
    expect([...ledger.written()]).toEqual([
      { key: 'k', acknowledged: { version: 10, set: { number: 0, valueBytes: 9 } }, uncertain: true },
      { key: 'other', acknowledged: undefined, uncertain: true },
    ]);
    expect(ledger.size).toBe(2);
  });
});
