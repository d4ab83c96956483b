import { type ToolName, toolContract } from '@hybrid-sync/tool-contract';
import { describe, expect, it } from 'vitest';
import { apiErrorOf, NotAnApiError, TimedOutError, UnreachableError } from './errors.js';
import { callKind, mayResend, pauseMs } from './resending.js';

const refusal = (code: string) => apiErrorOf({ code, message: 'm' });
const neverSent = new UnreachableError('http://a', 'nothing listens there', false);
const cut = new UnreachableError('http://a', 'the connection was cut', true);
const late = new TimedOutError('http://a', 1000);

describe('the kind of a call', () => {
  it.each(Object.keys(toolContract()) as ToolName[])('of %s is what its contract says', (tool) => {
    expect(callKind(tool, {}) === 'read').toBe(toolContract()[tool].hints.readOnlyHint);
  });

  it.each([{ ifVersion: 7 }, { ifAbsent: true }, { ifRevision: 0 }])('with %j is a condition', (args) => {
    expect(callKind('kv_set', args)).toBe('conditional write');
  });

  it.each([{ ifVersion: null }, { ifAbsent: false }, { ifRevision: undefined }])(
    'with %j is none',
    (args) => {
      expect(callKind('kv_set', args)).toBe('write');
    },
  );
});

describe('a call is sent again', () => {
  it.each([late, cut, neverSent, refusal('CACHE_UNAVAILABLE'), refusal('STORE_UNAVAILABLE')])(
    'after "%s" where it reads or has a condition',
    (failure) => {
      expect(mayResend('read', failure, 'safe')).toBe(true);
      expect(mayResend('conditional write', failure, 'safe')).toBe(true);
    },
  );

  it.each([late, cut, refusal('CACHE_UNAVAILABLE'), new NotAnApiError('http://a', 502)])(
    'after "%s" where it is a plain write only if asked for',
    (failure) => {
      expect(mayResend('write', failure, 'safe')).toBe(false);
      expect(mayResend('write', failure, 'always')).toBe(true);
    },
  );

  it.each([
    neverSent,
    ...['NOT_READY', 'JOURNAL_FULL', 'RATE_LIMITED', 'OVERLOADED', 'TOO_MANY_WAITS'].map(refusal),
  ])('after "%s", which did nothing, also where it is a plain write', (failure) => {
    expect(mayResend('write', failure, 'safe')).toBe(true);
    expect(mayResend('write', failure, 'never')).toBe(false);
  });

  it.each([
    ...['INVALID_INPUT', 'PRECONDITION_FAILED', 'NOT_REPLICATED', 'FORBIDDEN', 'INTERNAL'].map(refusal),
    new NotAnApiError('http://a', 200),
  ])('never after "%s", which does not pass', (failure) => {
    expect(mayResend('read', failure, 'always')).toBe(false);
  });
});

it('pauses grow up to a bound, hold a random part, and are no shorter than the api asks for', () => {
  expect([1, 2, 3, 20].map((tries) => pauseMs(tries, 0, 1))).toEqual([100, 200, 400, 2000]);
  expect(pauseMs(3, 0, 0)).toBe(0);
  expect(pauseMs(1, 5, 0.5)).toBe(5050);
});
