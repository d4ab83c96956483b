import { describe, expect, it } from 'vitest';
import { checkPathKey } from './path-key.js';

describe('a key in a path', () => {
  it.each([
    '',
    'k',
    'a/b',
    'a%2F..%2Fb',
    '...',
    '.env',
    'a..b',
    '%2e.x',
    '%2F%2F',
    'k?x=../y',
    'a%5Cb',
    '%00',
    '~!$&',
  ])('may be sent as %s', (key) => {
    expect(() => checkPathKey(`/kv/${key}`, '/kv/')).not.toThrow();
  });

  it.each([
    '..',
    '.',
    '../k',
    'k/..',
    'a/../b',
    './k',
    '%2e',
    '%2E%2e',
    '.%2e/k',
    '/k',
    'a//b',
    'k/',
    '/',
    'a\\b',
    'k#x',
    'k#x?y',
  ])('may not be sent as %s', (key) => {
    expect(() => checkPathKey(`/kv/${key}`, '/kv/')).toThrow(/^key: /);
  });
});
