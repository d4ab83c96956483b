import { describe, expect, it } from 'vitest';
import { requestIds } from './request-ids.js';

const named = (id: string | string[]) => ({ headers: { 'x-request-id': id } });

describe('a request', () => {
  it('without an id gets one that no other has, of this process or another', () => {
    const [one, other] = [requestIds(), requestIds()];
    const ids = [one, one, other, other].map((name) => name({ headers: {} }));
    expect(new Set(ids).size).toBe(4);
  });

  it.each(['a', '0af7651916cd43dd8448eb211c80319c', 'shop:42.7-b_3'])('keeps the one it has: %s', (id) => {
    expect(requestIds()(named(id))).toBe(id);
  });

  it.each(['', 'a b', 'a\nb', '"', 'x'.repeat(65)])('does not keep one that is unfit for a log: %j', (id) => {
    expect(requestIds()(named(id))).toMatch(/^[0-9a-f]{12}-1$/);
  });

  it('does not keep one of several', () => {
    expect(requestIds()(named(['a', 'b']))).toMatch(/^[0-9a-f]{12}-1$/);
  });
});
