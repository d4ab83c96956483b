import { describe, expect, it } from 'vitest';
import { keyName, keyPrefix, newRunId } from './keys.js';

describe('newRunId', () => {
  it('is five digits and small letters, another one each time', () => {
    const ids = new Set(Array.from({ length: 100 }, newRunId));
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{5}$/);
    expect(ids.size).toBeGreaterThan(95);
  });
});

describe('key names', () => {
  it.each([10, 17, 18, 44, 122])('have exactly a mean size of %d bytes, and differ', (keyBytes) => {
    const prefix = keyPrefix('ab3de', keyBytes);
    const names = Array.from({ length: 2000 }, (_, number) => keyName(prefix, keyBytes, number * 700));
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(names.map((name) => Buffer.byteLength(name)))).toEqual(new Set([keyBytes]));
    for (const name of names) expect(name.startsWith(prefix)).toBe(true);
  });

  it('say whose they are, in short where there is no room', () => {
    expect(keyPrefix('ab3de', 44)).toBe('replay:ab3de:');
    expect(keyPrefix('ab3de', 17)).toBe('replay:ab3de:');
    expect(keyPrefix('ab3de', 16)).toBe('rab3de');
  });

  it('grow, and still differ, past the numbers there is room for', () => {
    const prefix = keyPrefix('ab3de', 10);
    expect(keyName(prefix, 10, 36 ** 4 - 1)).toBe('rab3dezzzz');
    expect(keyName(prefix, 10, 36 ** 4)).toBe('rab3de10000');
  });
});
