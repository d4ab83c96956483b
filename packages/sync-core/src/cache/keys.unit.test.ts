import { describe, expect, it } from 'vitest';
import { CacheKeys, slotOf } from './keys.js';

const keys = new CacheKeys('hs', 32);

describe('the slot of a key', () => {
  // Values as another implementation (Python's zlib) has them: a change of the hash would leave all data in slots where no one looks.
  it.each([
    ['', 0],
    ['a', 3],
    ['123456789', 6],
    ['user:42', 6],
    ['schlüssel', 22],
    ['🔑', 26],
  ])('of %j is %i of 32, for ever', (key, slot) => {
    expect(slotOf(key, 32)).toBe(slot);
  });

  it('is CRC-32 modulo the number of slots', () => {
    const CHECK_VALUE_OF_CRC_32 = 0xcbf43926;
    expect(slotOf('123456789', 2 ** 32)).toBe(CHECK_VALUE_OF_CRC_32);
    expect(slotOf('123456789', 1000)).toBe(CHECK_VALUE_OF_CRC_32 % 1000);
  });

  it('is one of the slots there are, and every slot is used', () => {
    const used = new Set(Array.from({ length: 1000 }, (_, index) => slotOf(`key ${index}`, 7)));
    expect([...used].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe('the names in Redis', () => {
  it('are the ones that data is stored under', () => {
    expect(keys.pair(5, 'a')).toBe('hs:{5}:kv:a');
    expect(keys.clock(5)).toBe('hs:{5}:clock');
    expect(keys.journal(5)).toBe('hs:{5}:journal');
    expect(keys.draining(5)).toBe('hs:{5}:draining');
    expect(keys.meta()).toBe('hs:meta');
  });

  it('of one slot share a hash tag, whatever braces a key has: a script runs on one cluster node', () => {
    const hashTag = (name: string) => /\{([^}]*)\}/.exec(name)?.[1];
    const names = [
      keys.pair(5, 'a'),
      keys.pair(5, '{other}'),
      keys.pair(5, '}{'),
      keys.clock(5),
      keys.journal(5),
      keys.draining(5),
    ];
    expect(names.map(hashTag)).toEqual(names.map(() => '5'));
    expect(hashTag(keys.pair(6, 'a'))).toBe('6');
  });

  it.each(['a', '', 'a:b', '}:kv:', 'x}:kv:y', '{7}', 'hs:{1}:kv:a', 'new\nline', '🔑'])(
    'give the key %j back',
    (key) => {
      expect(keys.keyOfPair(keys.pair(5, key))).toBe(key);
    },
  );
});

describe('the pattern of a prefix', () => {
  it('covers all slots', () => {
    expect(keys.pairPattern('user:')).toBe('hs:{*}:kv:user:*');
  });

  it('takes every glob character in the prefix for itself', () => {
    expect(keys.pairPattern('*?[a-z]^\\')).toBe('hs:{*}:kv:\\*\\?\\[a-z\\]\\^\\\\*');
  });
});
