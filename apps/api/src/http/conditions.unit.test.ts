import { InvalidInputError } from '@hybrid-sync/sync-core';
import { describe, expect, it } from 'vitest';
import { preconditionOf } from './conditions.js';

describe('a condition in the headers', () => {
  it.each([
    ['"17"', [17]],
    ['"17","18" , "19"', [17, 18, 19]],
    ['"17-br", "18-gzip", "19-plain-br"', [17, 18, 19]],
    ['"17-zip"', []],
    ['*', 'any'],
    [' * ', 'any'],
    ['"abc"', []],
    ['""', []],
    ['"017"', []],
    ['"1e3"', []],
    ['"99999999999999999"', []],
    ['"9999999999999999"', []],
    ['"a,b", "17"', [17]],
  ])('%s means %j', (header, versions) => {
    expect(preconditionOf({ 'if-match': header })).toEqual({ is: 'match', versions });
    expect(preconditionOf({ 'if-none-match': header })).toEqual({ is: 'none-match', versions });
  });

  it('is none without headers', () => {
    expect(preconditionOf({})).toBeUndefined();
  });

  it('may be weak in If-None-Match only, as RFC 9110 has it', () => {
    expect(preconditionOf({ 'if-match': 'W/"17", "18"' })).toEqual({ is: 'match', versions: [18] });
    expect(preconditionOf({ 'if-none-match': 'W/"17"' })).toEqual({ is: 'none-match', versions: [17] });
  });

  it.each(['', '17', '"17', "'17'", '"17" "18"', '* , "17"', 'w/"17"', '"17"x'])(
    'can not be %j',
    (header) => {
      for (const name of ['If-Match', 'If-None-Match']) {
        expect(() => preconditionOf({ [name.toLowerCase()]: header })).toThrow(
          new InvalidInputError(name, 'must be * or versions in quotation marks, like "1795438874869653"'),
        );
      }
    },
  );
});
