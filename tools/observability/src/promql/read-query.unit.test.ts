import { describe, expect, it } from 'vitest';
import { readQuery } from './read-query.js';

describe('reading a query', () => {
  it('finds metrics, how they are matched, and what they are grouped by', () => {
    expect(readQuery('sum by (method, le) (rate(a_total{method="X",code!="Y"}[5m])) / on (b) c')).toEqual({
      selectors: [
        {
          metric: 'a_total',
          matchers: [
            { label: 'method', equals: 'X' },
            { label: 'code', equals: undefined },
          ],
        },
        { metric: 'c', matchers: [] },
      ],
      grouping: ['method', 'le', 'b'],
    });
  });

  it.each(['sum(', 'rate(a[5m)', 'a{b=c}', ''])('refuses what is none: %s', (text) => {
    expect(() => readQuery(text)).toThrow();
  });
});
