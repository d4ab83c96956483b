import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createToken } from './create-token.js';
import { mayAct } from './roles.js';
import { TokenBook } from './token-book.js';
import { parseTokenEntries, TokenEntryError } from './token-entry.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const HASH = sha256('a');
const faultsOf = (text: string) => {
  try {
    parseTokenEntries(text);
  } catch (error) {
    if (error instanceof TokenEntryError) return error.faults;
    throw error;
  }
  throw new Error('was accepted');
};

describe('a token that was made', () => {
  it('is recognised by its entry, and no other token is', () => {
    const { token, entry } = createToken({ name: 'ci.deploy', role: 'write' });
    const book = new TokenBook(parseTokenEntries(entry));
    expect(book.identify(token)).toEqual({ name: 'ci.deploy', role: 'write' });
    for (const other of ['', 'x', token.slice(1), `${token} `, token.toUpperCase(), sha256(token)]) {
      expect(book.identify(other)).toBe('unknown');
    }
  });

  it('is nowhere in its entry, which holds its SHA-256', () => {
    const { token, entry } = createToken({ name: 'n', role: 'read' });
    expect(token).toMatch(/^hs_[A-Za-z0-9_-]{43}$/);
    expect(entry).toBe(`n:read:${sha256(token)}`);
  });

  it('is another one each time', () => {
    const tokens = Array.from({ length: 20 }, () => createToken({ name: 'n', role: 'read' }).token);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('is refused from its expiry on', () => {
    const expiresAt = Date.UTC(2030, 0, 31, 18, 0, 0, 5);
    const { token, entry } = createToken({ name: 'n', role: 'admin', expiresAt });
    const book = new TokenBook(parseTokenEntries(entry));
    expect(book.identify(token, expiresAt - 1)).toEqual({ name: 'n', role: 'admin' });
    expect(book.identify(token, expiresAt)).toBe('expired');
  });

  it.each([
    [{ name: '', role: 'read' as const }, /name/],
    [{ name: 'a:b', role: 'read' as const }, /name/],
    [{ name: 'a,b', role: 'read' as const }, /name/],
    [{ name: 'n', role: 'root' as 'read' }, /role/],
    [{ name: 'n', role: 'read' as const, expiresAt: Number.NaN }, /expiry/],
    [{ name: 'n', role: 'read' as const, expiresAt: 1e15 }, /expiry/],
  ])('can not be made of parts that no entry can hold: %j', (wish, fault) => {
    expect(() => createToken(wish)).toThrow(fault);
  });
});

describe('entries', () => {
  it('stand on lines, or between spaces and commas, with comments', () => {
    const text = `# who may\n a:read:${sha256('1')} # reads\r\n\nb:write:${sha256('2')},c:admin:${sha256('3')}:2030-01-31\n`;
    expect(parseTokenEntries(text).map(({ name, role, expiresAt }) => [name, role, expiresAt])).toEqual([
      ['a', 'read', undefined],
      ['b', 'write', undefined],
      ['c', 'admin', Date.UTC(2030, 0, 31)],
    ]);
  });

  it.each(['', ' \n, ', '# nothing here'])('may be none: %j', (text) => {
    expect(parseTokenEntries(text)).toEqual([]);
  });

  it.each([
    ['hs_8sF2secret', /entry 1: must have the form/],
    [`:read:${HASH}`, /entry 1: the name/],
    [`n:Read:${HASH}`, /entry 1: the role/],
    [`n:constructor:${HASH}`, /entry 1: the role/],
    ['n:read:hs_8sF2secret', /entry 1: .*SHA-256/],
    [`n:read:${HASH.slice(1)}`, /entry 1: .*SHA-256/],
    [`n:read:${HASH.toUpperCase()}`, /entry 1: .*SHA-256/],
    [`n:read:${HASH}:soon`, /entry 1: the expiry/],
    [`n:read:${HASH}:`, /entry 1: the expiry/],
    [`n:read:${HASH}:2030-13-01`, /entry 1: the expiry/],
    [`n:read:${HASH}:2030-02-30`, /entry 1: the expiry/],
    [`n:read:${HASH}:2030-01-31T18:00`, /entry 1: the expiry/],
    [`n:read:${HASH} n:write:${sha256('2')}`, /entry 2: .*same name/],
    [`n:read:${HASH} m:write:${HASH}`, /entry 2: .*same token/],
  ])('at fault are named by number and never quoted: %s', (text, fault) => {
    const faults = faultsOf(text);
    expect(faults).toEqual([expect.stringMatching(fault)]);
    expect(faults.join()).not.toMatch(/secret|hs_/);
  });

  it('at fault are all named', () => {
    expect(faultsOf(`n a:read:${HASH} b:none:${HASH}`)).toHaveLength(2);
  });
});

it('a role may do what the ones before it may', () => {
  const roles = ['read', 'write', 'admin'] as const;
  const may = roles.map((role) => roles.filter((needed) => mayAct(role, needed)));
  expect(may).toEqual([['read'], ['read', 'write'], ['read', 'write', 'admin']]);
});
