import { describe, expect, it } from 'vitest';
import { wentBack } from './job-ends.js';

describe('the events of a queue went back in time', () => {
  it.each([
    ['where stream and clock are below what was heard', true, '900000-3', '500000-0', 600],
    [
      'not where there was no event for long: the last one is older than the start',
      false,
      '900000-0',
      '500000-0',
      900,
    ],
    ['not where the clock stands in the same second', false, '900500-0', '900400-0', 900],
    ['not where an event was heard that the look did not see yet', false, '900000-1', '900000-0', 900],
    ['not where ids are ahead of the clock, and so are those to come', false, '900000-1', '900000-2', 600],
  ])('%s', (_, expected, heardTo, last, seconds) => {
    expect(wentBack(heardTo, last, seconds)).toBe(expected);
  });
});
