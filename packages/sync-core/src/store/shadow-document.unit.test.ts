import { createHash } from 'node:crypto';
import { Long } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { aDelete, aSet } from '../testing/mutations.js';
import { isPresent, shadowOf } from './shadow-document.js';

const NOW = Date.parse('2026-08-01T12:00:00Z');
const GRACE_MS = 60_000;
/** A version is the microsecond of its write. */
const WRITTEN_AT = Date.parse('2026-08-01T11:59:58Z');
const VERSION = WRITTEN_AT * 1000 + 123;

/** Every value in a document, however deep. */
function valuesIn(node: unknown): unknown[] {
  if (node === null || typeof node !== 'object' || node instanceof Date || Long.isLong(node)) return [node];
  return Object.values(node).flatMap(valuesIn);
}

describe('the shadow of a set', () => {
  it("has the value, its hash, and the guide's field names", () => {
    const shadow = shadowOf(aSet('k', VERSION, { slot: 5, value: 'v' }), 'ASYNC_THREAD', NOW, GRACE_MS);
    expect(shadow).toStrictEqual({
      _id: 'k',
      slot: 5,
      lastValue: 'v',
      valueHash: createHash('sha256').update('v').digest('hex'),
      version: Long.fromNumber(VERSION),
      lastWriteAt: new Date(WRITTEN_AT),
      metadata: { syncMethod: 'ASYNC_THREAD', syncTimestamp: '2026-08-01T12:00:00.000Z' },
    });
  });

  it('has all that the write told: who caused it, its time to live, and why it came late', () => {
    const expireAt = NOW + 30_000;
    const write = {
      ...aSet('k', VERSION, { expireAt, ttlSec: 30, sessionId: 's', interactionId: 'i' }),
      fallbackReason: 'TIMEOUT',
    } as const;
    expect(shadowOf(write, 'EVENT_BASED', NOW, GRACE_MS)).toMatchObject({
      sessionId: 's',
      interactionId: 'i',
      expireAt: new Date(expireAt),
      metadata: { syncMethod: 'EVENT_BASED', ttlSec: 30, fallbackReason: 'TIMEOUT' },
    });
  });

  it('may go only a grace period after it expires, and never if it does not expire', () => {
    const expireAt = NOW + 30_000;
    const expiring = shadowOf(aSet('k', VERSION, { expireAt }), 'ASYNC_THREAD', NOW, GRACE_MS);
    expect(expiring.purgeAt).toEqual(new Date(expireAt + GRACE_MS));
    expect(shadowOf(aSet('k', VERSION), 'ASYNC_THREAD', NOW, GRACE_MS)).not.toHaveProperty('purgeAt');
  });

  it('keeps an empty value apart from no value, and hashes it', () => {
    const shadow = shadowOf(aSet('k', VERSION, { value: '' }), 'ASYNC_THREAD', NOW, GRACE_MS);
    expect(shadow).toMatchObject({ lastValue: '', valueHash: createHash('sha256').digest('hex') });
    expect(shadow).not.toHaveProperty('deleted');
  });

  it('hashes the value as UTF-8', () => {
    const shadow = shadowOf(aSet('k', VERSION, { value: 'schlüssel' }), 'ASYNC_THREAD', NOW, GRACE_MS);
    expect(shadow.valueHash).toBe(
      createHash('sha256').update(Buffer.from('schlüssel', 'utf8')).digest('hex'),
    );
  });

  it.each([1, VERSION, Number.MAX_SAFE_INTEGER])(
    'keeps the version %i exactly, as a 64-bit integer',
    (version) => {
      const shadow = shadowOf(aSet('k', version), 'ASYNC_THREAD', NOW, GRACE_MS);
      expect(shadow.version).toBeInstanceOf(Long);
      expect(Number(shadow.version)).toBe(version);
    },
  );
});

describe('the shadow of a delete', () => {
  it('is a tombstone, which may go a grace period after it was written', () => {
    const shadow = shadowOf(aDelete('k', VERSION), 'JOURNALED', NOW, GRACE_MS);
    expect(shadow).toStrictEqual({
      _id: 'k',
      slot: 0,
      lastValue: null,
      deleted: true,
      version: Long.fromNumber(VERSION),
      lastWriteAt: new Date(WRITTEN_AT),
      metadata: { syncMethod: 'JOURNALED', syncTimestamp: '2026-08-01T12:00:00.000Z' },
      purgeAt: new Date(NOW + GRACE_MS),
    });
  });
});

it('no shadow has a field that is there but undefined: MongoDB would store null', () => {
  const absent = {
    expireAt: undefined,
    ttlSec: undefined,
    sessionId: undefined,
    interactionId: undefined,
    fallbackReason: undefined,
  };
  for (const write of [aSet('k', VERSION), aDelete('k', VERSION)]) {
    const shadow = shadowOf({ ...write, ...absent }, 'ASYNC_THREAD', NOW, GRACE_MS);
    expect(valuesIn(shadow)).not.toContain(undefined);
  }
});

describe('a shadow stands for a pair that exists', () => {
  it('unless it is a tombstone', () => {
    expect(isPresent({}, NOW)).toBe(true);
    expect(isPresent({ deleted: true }, NOW)).toBe(false);
  });

  it('until it expires: at that moment it does not any more', () => {
    expect(isPresent({ expireAt: new Date(NOW + 1) }, NOW)).toBe(true);
    expect(isPresent({ expireAt: new Date(NOW) }, NOW)).toBe(false);
    expect(isPresent({ expireAt: new Date(NOW - 1) }, NOW)).toBe(false);
  });
});
