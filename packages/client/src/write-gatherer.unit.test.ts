import { CUT, type Received } from '@hybrid-sync/services/fake-api';
import { describe, expect, it } from 'vitest';
import { clientOf, failureOf, WRITTEN } from './testing/fake-apis.js';

describe('the writes of one turn', () => {
  const batchOf = ({ body }: Received) => {
    const { operations } = JSON.parse(body) as { operations: { op: string; key: string }[] };
    const results = operations.map(({ op, key }) =>
      key === 'bad'
        ? { op, key, error: { code: 'PRECONDITION_FAILED', message: 'm', version: 9 } }
        : { op, key, version: 7, method: 'ASYNC_THREAD', ...(op === 'del' ? { existed: true } : {}) },
    );
    return { body: { done: 1, failed: 0, results } };
  };

  it('leave in one call, and each has its own end', async () => {
    const { api, client } = await clientOf(batchOf, { batchWrites: true });
    const bad = failureOf(client.set('bad', 'v', { ifVersion: 3 }));
    const writes = await Promise.all([client.set('a', 'v', { ttlSec: 5 }), client.delete('b')]);
    expect(writes).toEqual([
      { key: 'a', version: 7, method: 'ASYNC_THREAD' },
      { key: 'b', version: 7, method: 'ASYNC_THREAD', existed: true },
    ]);
    expect(await bad).toMatchObject({ code: 'PRECONDITION_FAILED', version: 9 });
    expect(api.received.map(({ url }) => url)).toEqual(['/kv/batch']);
    expect(JSON.parse(api.received[0]?.body ?? '').operations).toEqual([
      { op: 'set', key: 'bad', value: 'v', ifVersion: 3 },
      { op: 'set', key: 'a', value: 'v', ttlSec: 5 },
      { op: 'del', key: 'b' },
    ]);
  });

  it('leave apart where another writes, where they are many, and where one has terms of its own', async () => {
    const { api, client } = await clientOf(
      (request) => (request.url === '/kv/batch' ? batchOf(request) : { body: WRITTEN }),
      { batchWrites: true },
    );
    await Promise.all([
      client.set('a', 'v', { sessionId: 's' }),
      ...Array.from({ length: 1001 }, (_, n) => client.set(`k${n}`, 'v')),
      client.set('a', 'v', { timeoutMs: 9000 }),
    ]);
    const sizes = api.received
      .filter(({ url }) => url === '/kv/batch')
      .map(({ body }) => JSON.parse(body).operations.length);
    expect(sizes).toEqual([1, 1000, 1]);
    expect(api.received).toHaveLength(4);
  });

  it('fail alone where one breaks a rule, for which the api refuses the whole call', async () => {
    const { api, client } = await clientOf(
      (request) => {
        const { operations } = JSON.parse(request.body) as { operations: { key: string }[] };
        const place = operations.findIndex(({ key }) => key === '');
        if (place < 0) return batchOf(request);
        const field = `operations.${place}.key`;
        return { status: 400, body: { code: 'INVALID_INPUT', detail: `${field}: must not be empty`, field } };
      },
      { batchWrites: true },
    );
    const empty = ['1', '2'].map((value) => failureOf(client.set('', value)));
    const writes = await Promise.all([client.set('a', 'v'), client.delete('b')]);
    expect(writes.map(({ key }) => key)).toEqual(['a', 'b']);
    const told = { name: 'InvalidInputError', message: 'key: must not be empty', field: 'key' };
    expect(await Promise.all(empty)).toMatchObject([told, told]);
    expect(api.received).toHaveLength(3);
  });

  it('fail together where the call does', async () => {
    const { client } = await clientOf(() => CUT, { batchWrites: true });
    const [one, other] = await Promise.all([failureOf(client.set('a', 'v')), failureOf(client.delete('b'))]);
    expect(one).toBe(other);
    expect(one).toMatchObject({ code: 'API_UNREACHABLE', mayHaveBeenDone: true });
  });
});

describe('a write that is refused in the call of its turn', () => {
  type Operation = { readonly op: string; readonly key: string; readonly value?: string };
  const operationsOf = ({ body }: Received): Operation[] => JSON.parse(body).operations;
  const sent = (received: readonly Received[]) =>
    received.map((call) => operationsOf(call).map(({ key, value }) => `${key}${value ?? ''}`));
  /** Each operation as `refused` says in the call of that number, else done. */
  const refusing =
    (refused: (operation: Operation, count: number) => object | undefined) =>
    (request: Received, count: number) => {
      const results = operationsOf(request).map((operation) => {
        const { op, key } = operation;
        const error = refused(operation, count);
        return error
          ? { op, key, error: { message: 'm', ...error } }
          : { op, key, version: 7, method: 'EVENT_BASED' };
      });
      return { body: { done: 0, failed: 0, results } };
    };

  it.each(['JOURNAL_FULL', 'NOT_READY', 'RATE_LIMITED', 'OVERLOADED', 'TOO_MANY_WAITS'])(
    'by %s, which did nothing, is sent again without the others, with those that were as well',
    async (code) => {
      const { api, client } = await clientOf(
        refusing(({ key }, count) => (count === 0 && key !== 'a' ? { code } : undefined)),
        { batchWrites: true },
      );
      const writes = await Promise.all([
        client.set('b', '1'),
        client.set('a', '1'),
        client.set('c', '1', { ifAbsent: true }),
      ]);
      expect(writes.map(({ key }) => key)).toEqual(['b', 'a', 'c']);
      expect(sent(api.received)).toEqual([
        ['b1', 'a1', 'c1'],
        ['b1', 'c1'],
      ]);
    },
  );

  it.each(['CACHE_UNAVAILABLE', 'INTERNAL', 'NOT_REPLICATED', 'INVALID_INPUT', 'PRECONDITION_FAILED'])(
    'by %s, which may have been done or does not pass, is not sent again, whatever is asked for',
    async (code) => {
      const { api, client } = await clientOf(
        refusing(({ key }) => (key === 'b' ? { code } : undefined)),
        { batchWrites: true, resend: 'always' },
      );
      const failed = failureOf(client.set('b', '1', { ifAbsent: true }));
      await client.set('a', '1');
      expect(await failed).toMatchObject({ code });
      expect(api.received).toHaveLength(1);
    },
  );

  it('is not sent again where nothing is to be', async () => {
    const { api, client } = await clientOf(
      refusing(() => ({ code: 'JOURNAL_FULL' })),
      {
        batchWrites: true,
        resend: 'never',
      },
    );
    expect(await failureOf(client.set('a', '1'))).toMatchObject({ code: 'JOURNAL_FULL' });
    expect(api.received).toHaveLength(1);
  });

  it('stays in order with others of its key: before a refused one, and not after one that has ended', async () => {
    const { api, client } = await clientOf(
      refusing(({ key, value }, count) =>
        count === 0 && (key === 'a' || value === '1') ? { code: 'JOURNAL_FULL' } : undefined,
      ),
      { batchWrites: true },
    );
    const undone = failureOf(client.set('b', '1'));
    await Promise.all([client.set('a', '1'), client.set('b', '2'), client.delete('a'), client.set('a', '3')]);
    expect(await undone).toMatchObject({ code: 'JOURNAL_FULL', mayHaveBeenDone: false });
    expect(sent(api.received)).toEqual([
      ['b1', 'a1', 'b2', 'a', 'a3'],
      ['a1', 'a', 'a3'],
    ]);
  });

  it('is tried as often as a lone one, and fails by its own refusal', async () => {
    const { api, client } = await clientOf(
      refusing(({ key }) => ({ code: key === 'a' ? 'JOURNAL_FULL' : 'OVERLOADED' })),
      { batchWrites: true, retries: 2 },
    );
    const failures = await Promise.all([failureOf(client.set('a', '1')), failureOf(client.set('b', '1'))]);
    expect(failures.map(({ code }) => code)).toEqual(['JOURNAL_FULL', 'OVERLOADED']);
    expect(api.received).toHaveLength(3);
  });

  it('waits as long as the api asks for, and not at all where that is beyond the time limit', async () => {
    const { api, client } = await clientOf(
      refusing(({ key }) => ({ code: 'JOURNAL_FULL', retryAfterSec: key === 'a' ? 60 : 0 })),
      { batchWrites: true },
    );
    const failures = await Promise.all([failureOf(client.set('a', '1')), failureOf(client.set('b', '1'))]);
    expect(failures).toMatchObject([{ retryAfterSec: 60 }, { retryAfterSec: 0 }]);
    expect(api.received).toHaveLength(1);
  });

  it('fails as the call does in which it is sent again', async () => {
    const refuse = refusing(() => ({ code: 'JOURNAL_FULL' }));
    const { client } = await clientOf((request, count) => (count === 0 ? refuse(request, 0) : CUT), {
      batchWrites: true,
    });
    expect(await failureOf(client.set('a', '1'))).toMatchObject({
      code: 'API_UNREACHABLE',
      mayHaveBeenDone: true,
    });
  });
});
