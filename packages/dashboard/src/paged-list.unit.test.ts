import { expect, it } from 'vitest';
import type { Api } from './api.js';
import { PagedList } from './paged-list.js';

const API = {} as Api;

/** A list over numbers from 0, each of whose readings ends once it is released. */
function listOver(all: number[]) {
  const asked: { limit: number; cursor: string | undefined; end: (error?: Error) => void }[] = [];
  const list = new PagedList<number>({
    page: 2,
    most: 5,
    read: (_, limit, cursor) =>
      new Promise((resolve, reject) => {
        const from = Number(cursor ?? 0);
        const items = all.slice(from, from + limit);
        const end = (error?: Error) =>
          error
            ? reject(error)
            : resolve({ items, cursor: from + limit < all.length ? `${from + limit}` : null });
        asked.push({ limit, cursor, end });
      }),
  });
  /** Ends the reading of this number once it has begun. */
  const ended = async (at: number, error?: Error) => {
    await expect.poll(() => asked.length).toBeGreaterThan(at);
    asked[at]?.end(error);
  };
  return { list, asked, ended };
}

it('is read a page at a time, and anew as far as it was read', async () => {
  const { list, asked, ended } = listOver([0, 1, 2, 3, 4]);
  await Promise.all([list.reload(API), ended(0)]);
  expect([list.items, list.hasMore]).toEqual([[0, 1], true]);
  expect((await Promise.all([list.more(API), ended(1)]))[0]).toBe(2);
  await Promise.all([list.reload(API), ended(2)]);
  expect([list.items, list.hasMore]).toEqual([[0, 1, 2, 3], true]);
  await Promise.all([list.more(API), ended(3)]);
  expect([list.items, list.hasMore]).toEqual([[0, 1, 2, 3, 4], false]);
  expect(await list.more(API)).toBeUndefined();
  expect(asked.map(({ limit, cursor }) => [limit, cursor])).toEqual([
    [2, undefined],
    [2, '2'],
    [4, undefined],
    [2, '4'],
  ]);
});

it('keeps what was listed while it was being read anew, and lists nothing twice', async () => {
  const { list, ended } = listOver([0, 1, 2, 3]);
  await Promise.all([list.reload(API), ended(0)]);
  const all = [list.reload(API), list.more(API), list.reload(API)];
  await Promise.all([...all, ended(1), ended(2), ended(3)]);
  expect(list.items).toEqual([0, 1, 2, 3]);
});

it('asks for no more than one call gives', async () => {
  const { list, asked, ended } = listOver([0, 1, 2, 3, 4, 5, 6]);
  await Promise.all([list.reload(API), ended(0)]);
  for (const at of [1, 2]) await Promise.all([list.more(API), ended(at)]);
  expect(list.items).toHaveLength(6);
  await Promise.all([list.reload(API), ended(3)]);
  expect(asked[3]?.limit).toBe(5);
});

it('is as it was where reading fails, and can be read again', async () => {
  const { list, ended } = listOver([0, 1, 2]);
  await Promise.all([list.reload(API), ended(0)]);
  const failed = list.more(API);
  await Promise.all([expect(failed).rejects.toThrow('away'), ended(1, new Error('away'))]);
  expect(list.items).toEqual([0, 1]);
  await Promise.all([list.more(API), ended(2)]);
  expect(list.items).toEqual([0, 1, 2]);
});
