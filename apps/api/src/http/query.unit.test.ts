import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { queryArguments, queryForms } from './query.js';

const INPUT = z.strictObject({
  limit: z.int().min(1).default(100),
  minAgeSec: z.number().nullish(),
  prefix: z.string().default(''),
  ids: z.array(z.string()).nullish(),
  values: z.boolean().default(false),
});
const forms = queryForms(INPUT, Object.keys(INPUT.shape));
const read = (query: string) => Object.fromEntries(queryArguments(`/path${query}`, forms));

describe('a query', () => {
  it.each([
    ['', {}],
    ['?', {}],
    ['?limit=5', { limit: 5 }],
    ['?limit=-5&minAgeSec=0.5', { limit: -5, minAgeSec: 0.5 }],
    ['?limit=1e3', { limit: 1000 }],
    ['?limit=%2B5&minAgeSec=5E-1', { limit: 5, minAgeSec: 0.5 }],
    ['?limit=+5&minAgeSec=1e+3', { limit: 5, minAgeSec: 1000 }],
    ['?prefix=', { prefix: '' }],
    ['?prefix', { prefix: '' }],
    ['?prefix=5', { prefix: '5' }],
    ['?prefix=a+b%2B%26%3D%3F', { prefix: 'a b+&=?' }],
    ['?prefix=a=b?c', { prefix: 'a=b?c' }],
    ['?pre%66ix=%F0%9F%94%91', { prefix: '\u{1F511}' }],
    ['?values=true', { values: true }],
    ['?values=false', { values: false }],
    ['?values=1', { values: '1' }],
    ['?ids=a', { ids: ['a'] }],
    ['?ids=a&ids=b', { ids: ['a', 'b'] }],
    ['?&limit=5&', { limit: 5 }],
    ['?other=5', { other: '5' }],
    ['?other=5&other=6&more=7', { other: '5' }],
    ['?__proto__=5', Object.fromEntries([['__proto__', '5']])],
  ])('%s is %j', (query, args) => {
    expect(read(query)).toEqual(args);
  });

  it.each(['five', '5e', 'e5', '0x5', '  5', '5 ', '++5', '- 5', '5.', '.5', '1_000', 'NaN', 'Infinity', ''])(
    'does not take %j for a number: the schema then names the argument',
    (text) => {
      const args = read(`?limit=${encodeURIComponent(text)}`);
      expect(args).toEqual({ limit: text });
      expect(INPUT.safeParse(args).error?.issues[0]?.path).toEqual(['limit']);
    },
  );

  it.each([
    ['?prefix=%ff', /^query: /],
    ['?prefix=%', /^query: /],
    ['?%ff=1', /^query: /],
    ['?prefix=a#b', /^query: /],
    ['?limit=1&limit=1', /^limit: /],
  ])('can not be %s', (query, message) => {
    expect(() => read(query)).toThrow(message);
  });
});

it('a query is read no further than to what it is refused for', () => {
  const parts = (name: string) => Array.from({ length: 9400 }, () => name).join('&');
  const decoding = vi.spyOn(globalThis, 'decodeURIComponent');
  try {
    expect(() => read(`?${parts('limit')}`)).toThrow(/^limit: may stand in the query once/);
    expect(read(`?${parts('a')}`)).toEqual({ a: '' });
    expect(decoding.mock.calls.length).toBeLessThan(10);
    expect(read(`?${parts('ids')}`).ids).toHaveLength(9400);
  } finally {
    decoding.mockRestore();
  }
});
