import { OK, type Reply } from '@hybrid-sync/redis-protocol';
import type { Brought, PlainAnswer, PlainInput, Pod, WriteTerms } from '@hybrid-sync/sync-core';
import { expect, it, vi } from 'vitest';
import type { Client } from '../client.js';
import { type CommandCall, LATER } from '../command.js';
import { OwnWrites } from '../own-writes.js';
import { Writes } from './writes.js';

type Synced = (place: number, brought: Brought) => void;

/** A sync that makes what it is told, and notes each call of it. */
function world({ eachAlone = false, answerTime = 'journaled' as WriteTerms['answer'] } = {}) {
  const calls: string[] = [];
  let syncedOf: Synced = () => undefined;
  let version = 0;
  let away: Error | undefined;
  const answerTo = ({ op, key }: { op: 'set' | 'del'; key: string }): PlainAnswer => ({
    ...{ op, key, method: 'JOURNALED', existed: op === 'del' ? false : undefined },
    version: ++version,
  });
  const sync = {
    async writeMany(inputs: readonly PlainInput[], { synced }: { synced: Synced }) {
      calls.push(inputs.map(({ op, key }) => `${op} ${key}`).join(', '));
      syncedOf = synced;
      return inputs.map((input) => (input.key === 'bad' ? new Error('bad') : answerTo(input)));
    },
    async set(input: { key: string }) {
      calls.push(`alone ${input.key}`);
      return answerTo({ op: 'set', key: input.key });
    },
  };
  const pod = {
    get running() {
      if (away !== undefined) throw away;
      return { sync };
    },
  } as unknown as Pod;
  const client = { id: 1, command: 'set', answerTime, writes: new OwnWrites() } as unknown as Client;
  const replies: (Reply | Error)[] = [];
  const call = () => {
    const own: CommandCall = {
      args: [],
      keys: [],
      client,
      made: () => undefined,
      next: async () => undefined,
      reply: (reply) => void replies.push(reply),
      fail: (error) => void replies.push(error as Error),
    };
    return own;
  };
  const writes = new Writes(pod, { answered: () => undefined }, eachAlone);
  return {
    ...{ writes, client, calls, replies, call },
    set: (key: string) => writes.makePlain(call(), { op: 'set', key, value: 'v' }, () => OK),
    del: (key: string) => writes.makePlain(call(), { op: 'del', key }, ({ existed }) => (existed ? 1 : 0)),
    synced: (place: number, brought: Brought) => syncedOf(place, brought),
    goAway: (error: Error) => (away = error),
  };
}

it('plain writes of one turn are one call, and each has its own reply', async () => {
  const { set, del, calls, replies } = world();
  expect([set('a'), set('bad'), del('b')]).toEqual([LATER, LATER, LATER]);
  await vi.waitFor(() => expect(replies).toHaveLength(3));
  expect(replies).toEqual([OK, new Error('bad'), 0]);
  set('c');
  await vi.waitFor(() => expect(replies).toHaveLength(4));
  expect(calls).toEqual(['set a, set bad, del b', 'set c']);
});

it('those before a write that is not plain are not overtaken by it', async () => {
  const { writes, set, call, calls } = world();
  set('a');
  await writes.make(call(), (sync, terms) => sync.set({ key: 'b', value: 'v' }, terms));
  set('a');
  await writes.makeMany(call(), [{ op: 'del', key: 'a' }]);
  expect(calls).toEqual(['set a', 'alone b', 'set a', 'del a']);
});

it.each([
  ['is part of a trace', { eachAlone: true }],
  ['is answered once it is synced', { answerTime: 'synced' as const }],
])('one that %s goes by itself', async (_, terms) => {
  const { set, calls } = world(terms);
  expect(await Promise.all([set('a'), set('b')])).toEqual([OK, OK]);
  expect(calls).toEqual(['alone a', 'alone b']);
});

it('their connection knows how far they got, once that is told', async () => {
  const { set, replies, client, synced } = world();
  set('a');
  set('b');
  await vi.waitFor(() => expect(replies).toHaveLength(2));
  expect(client.writes.open?.map(({ key }) => key)).toEqual(['a', 'b']);
  synced(0, { method: 'ASYNC_THREAD' });
  expect(client.writes.open?.map(({ key }) => key)).toEqual(['b']);
  expect(client.writes.method).toBe('JOURNALED');
  synced(1, { method: 'EVENT_BASED' });
  expect(client.writes.method).toBe('EVENT_BASED');
});

it('all fail where the pod can not write yet', async () => {
  const { set, replies, goAway } = world();
  goAway(new Error('not ready'));
  set('a');
  set('b');
  await vi.waitFor(() => expect(replies).toEqual([new Error('not ready'), new Error('not ready')]));
});

it('many of one command go part by part, and end with the first part that has an error', async () => {
  const { writes, call, calls } = world();
  const inputs = Array.from({ length: 600 }, (_, at) => ({
    op: 'del' as const,
    key: at === 300 ? 'bad' : 'k',
  }));
  await expect(writes.makeMany(call(), inputs)).rejects.toThrow('bad');
  expect(calls.map((made) => made.split(',').length)).toEqual([256, 256]);
});
