import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BatchWrite, batchOf, del, expire, incr, set } from '../testing/batch-calls.js';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

/** Many writes in a row, on a machine that may be busy, in milliseconds. */
const TIMEOUT_MS = 120_000;

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi(FAST_WAY);
});
afterAll(() => api.stop());

it(
  'any batch leaves what the single writes would leave, one after the other',
  async () => {
    let run = 0;
    const operation = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.oneof(fc.string({ maxLength: 5 }), fc.integer().map(String)),
      by: fc.integer(),
      does: fc.constantFrom('set', 'set', 'del', 'absent', 'never', 'delNever', 'expire', 'incr', 'incr'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 30 }), async (list) => {
        const prefix = `model:${run++}:`;
        const model = new Map<string, string>();
        const operations: BatchWrite[] = [];
        const expected: object[] = [];
        for (const { key: name, value, by, does } of list) {
          const key = prefix + name;
          const failure = {
            op: does.startsWith('del') ? 'del' : 'set',
            key,
            error: { code: 'PRECONDITION_FAILED' },
          };
          if (does === 'del') {
            operations.push(del(key));
            expected.push({ op: 'del', key, existed: model.delete(key) });
          } else if (does === 'never') {
            operations.push(set(key, value, { ifVersion: 1 }));
            expected.push(failure);
          } else if (does === 'delNever') {
            operations.push(del(key, { ifVersion: 1 }));
            expected.push(failure);
          } else if (does === 'expire') {
            operations.push(expire(key, { ttlSec: 3600 }));
            const done = { op: 'expire', key, expireAt: expect.any(String) };
            expected.push(model.has(key) ? done : { ...failure, op: 'expire' });
          } else if (does === 'incr') {
            operations.push(incr(key, { by }));
            const held = model.get(key) ?? '0';
            const isNumber = String(Number(held)) === held;
            const error = { code: 'INVALID_INPUT' };
            expected.push(
              isNumber ? { op: 'incr', key, sum: Number(held) + by } : { op: 'incr', key, error },
            );
            if (isNumber) model.set(key, String(Number(held) + by));
          } else {
            operations.push(set(key, value, does === 'absent' ? { ifAbsent: true } : {}));
            const refused = does === 'absent' && model.has(key);
            expected.push(refused ? failure : { op: 'set', key, method: 'ASYNC_THREAD' });
            if (!refused) model.set(key, value);
          }
        }
        const { done, failed, results } = await batchOf(api, operations);
        expect(results).toMatchObject(expected);
        expect(done + failed).toBe(list.length);
        expect(failed).toBe(results.filter(({ error }) => error !== undefined).length);
        for (const key of ['a', 'b', 'c', 'd'].map((name) => prefix + name)) {
          const pair = await api.pod.stores.cache.get(key);
          expect(pair?.value).toBe(model.get(key));
          const last = results.filter((each) => each.key === key && each.version !== undefined).at(-1);
          if (last !== undefined) {
            expect(await api.pod.stores.shadows.find(key)).toMatchObject({
              version: last.version,
              lastValue: model.get(key) ?? null,
            });
          }
        }
      }),
      { numRuns: 60 },
    );
  },
  TIMEOUT_MS,
);
