import { InvalidInputError } from '@hybrid-sync/sync-core';
import { expect, it } from 'vitest';
import type { CommandCall } from '../command.js';
import { keyspaceHandlers } from './keyspace-commands.js';

it('SCAN over a cluster, whose cursors are texts, gives numbers, as clients read them', async () => {
  const pages: Record<string, { keys: string[]; cursor: string }> = {
    0: { keys: ['a'], cursor: 'caa.1.2.' },
    'caa.1.2.': { keys: ['b'], cursor: 'c.0-16' },
    'c.0-16': { keys: ['c'], cursor: '0' },
  };
  const { scan } = keyspaceHandlers({
    scan: async (_prefix, cursor) => {
      const page = pages[cursor];
      if (page === undefined) throw new InvalidInputError('cursor', 'must be one of them');
      return page;
    },
    randomCursor: async () => '0',
  });
  const ask = (cursor: string) => scan({ args: [Buffer.from(cursor)] } as unknown as CommandCall);
  const found: string[] = [];
  let cursor = '0';
  do {
    const [next, keys] = (await ask(cursor)) as [string, Buffer[]];
    expect(next).toMatch(/^\d+$/);
    found.push(...keys.map(String));
    cursor = next;
  } while (cursor !== '0');
  expect(found).toEqual(['a', 'b', 'c']);
  await expect(ask('12345')).rejects.toMatchObject({ message: 'ERR invalid cursor' });
  await expect(ask('c.0-16')).rejects.toMatchObject({ message: 'ERR invalid cursor' });
});

it('RANDOMKEY begins at some place, of whatever Redis, and where nothing is from there on at the beginning', async () => {
  const pages: Record<string, { keys: string[]; cursor: string }> = {
    0: { keys: [], cursor: 'c.0-16' },
    'c.0-16': { keys: ['first'], cursor: '0' },
    'cbb.1.7.': { keys: [], cursor: 'c.17-99' },
    'c.17-99': { keys: ['there'], cursor: '0' },
    'cbb.1.9.': { keys: [], cursor: '0' },
  };
  const keyFrom = (cursor: string) => {
    const { randomkey } = keyspaceHandlers({
      scan: async (_prefix, at) => pages[at] ?? { keys: [], cursor: '0' },
      randomCursor: async () => cursor,
    });
    return randomkey();
  };
  expect(String(await keyFrom('cbb.1.7.'))).toBe('there');
  expect(String(await keyFrom('cbb.1.9.'))).toBe('first');
});
