import { expect, test } from 'vitest';
import { errorOfSqlState, unpackSqlState } from './error-codes.js';

test.each([
  [319_029_277, 'M001C', 'DuplicateKey'],
  [50_331_677, 'M0003', 'FailedToParse'],
])('the packed code %i is %s, which is %s', (packed, sqlState, name) => {
  expect(unpackSqlState(packed)).toBe(sqlState);
  expect(errorOfSqlState(sqlState)).toBe(name);
});

test('an error without a counterpart is an unknown error', () => {
  expect(errorOfSqlState('M00ZZ')).toBe('UnknownError');
  expect(errorOfSqlState('XX000')).toBe('UnknownError');
});
