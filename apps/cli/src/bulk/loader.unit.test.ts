import { setTimeout as wait } from 'node:timers/promises';
import type { ToolResult } from '@hybrid-sync/tool-contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandFailure } from '../errors.js';
import { Loader } from './loader.js';

type Operation = { readonly key: string; readonly value: string };
type Error = NonNullable<ToolResult<'kv_batch'>['results'][number]['error']>;

/** An api that takes some while for a batch; what `refuses` gives an error for is not done. */
class SlowApi {
  readonly pairs = new Map<string, string>();
  readonly sizes: number[] = [];
  most = 0;
  #underWay = 0;
  readonly refuses: (operation: Operation) => Error | undefined;

  constructor(refuses: SlowApi['refuses'] = () => undefined) {
    this.refuses = refuses;
  }

  async send(operations: readonly Operation[]): Promise<ToolResult<'kv_batch'>> {
    this.sizes.push(operations.length);
    this.most = Math.max(this.most, ++this.#underWay);
    await wait(Math.random() * 5);
    this.#underWay--;
    const results = operations.map((operation) => {
      const error = this.refuses(operation);
      if (error === undefined) this.pairs.set(operation.key, operation.value);
      return { op: 'set' as const, key: operation.key, ...(error === undefined ? {} : { error }) };
    });
    const failed = results.filter((each) => 'error' in each).length;
    return { done: results.length - failed, failed, results };
  }
}

const loaderOf = (send: SlowApi['send'], refused: (line: number, reason: string) => void = () => {}) =>
  new Loader(1, {
    send: (operations) => send(operations as readonly Operation[]),
    refused: ({ line }, reason) => refused(line, reason),
    patienceMs: 60_000,
    signal: new AbortController().signal,
  });
const loadAll = async (loader: Loader, pairs: readonly Operation[], bytes = 10) => {
  for (const [index, pair] of pairs.entries()) await loader.add({ line: index + 1, bytes, pair });
  await loader.end();
};
const many = (count: number) => Array.from({ length: count }, (_, n) => ({ key: `k${n}`, value: `${n}` }));
const full: Error = { code: 'JOURNAL_FULL', message: 'full' };

describe('a loader', () => {
  it('leaves of each key the last line, whatever fails for a while', async () => {
    const pairs = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), value: fc.uuid() }));
    await fc.assert(
      fc.asyncProperty(pairs, async (lines) => {
        const failed = new Set<Operation>();
        const api = new SlowApi((operation) => {
          const fails = lines.length % 5 === 0 && failed.size === 0;
          if (fails) failed.add(operation);
          return fails ? full : undefined;
        });
        const loader = loaderOf((operations) => api.send(operations));
        await loadAll(loader, lines);
        expect(api.pairs).toEqual(new Map(lines.map(({ key, value }) => [key, value])));
        expect(loader).toMatchObject({ loaded: lines.length, nextLine: lines.length + 1 });
      }),
      { numRuns: 30 },
    );
  });

  it('sends batches of a thousand, four at a time', async () => {
    const api = new SlowApi();
    await loadAll(
      loaderOf((operations) => api.send(operations)),
      many(8500),
    );
    expect(api.sizes).toEqual([...Array(8).fill(1000), 500]);
    expect(api.most).toBe(4);
  });

  it('sends no more bytes at once than the api takes, and a long line alone', async () => {
    const api = new SlowApi();
    const send = async (operations: readonly Operation[]) => {
      if (operations.length > 3) throw new CommandFailure('BODY_TOO_LARGE', 2, 'too large');
      return api.send(operations);
    };
    await loadAll(loaderOf(send), many(40), 100_000);
    expect(api.pairs.size).toBe(40);
    expect(Math.max(...api.sizes)).toBeLessThanOrEqual(3);
  });

  it('names the lines that are refused, and loads the others', async () => {
    const api = new SlowApi(({ key }) =>
      key === 'k3' ? { code: 'INVALID_INPUT', message: 'value: no' } : undefined,
    );
    const send = async (operations: readonly Operation[]) => {
      const at = operations.findIndex(({ key }) => key === 'k5' || key === 'k7');
      if (at === -1) return api.send(operations);
      const field = `operations.${at}.value`;
      throw new CommandFailure('INVALID_INPUT', 2, `${field}: must be short`, { field });
    };
    const refused: [number, string][] = [];
    const loader = loaderOf(send, (...args) => refused.push(args));
    await loadAll(loader, many(10));
    expect(refused).toEqual([
      [6, 'value: must be short'],
      [8, 'value: must be short'],
      [4, 'value: no'],
    ]);
    expect([...api.pairs.keys()]).toEqual(['k0', 'k1', 'k2', 'k4', 'k6', 'k8', 'k9']);
    expect(loader).toMatchObject({ loaded: 7, nextLine: 11 });
  });

  it('says where to go on: every line before is done', async () => {
    const api = new SlowApi();
    let calls = 0;
    const send = async (operations: readonly Operation[]) => {
      if (++calls === 5) throw new CommandFailure('FORBIDDEN', 4, 'not any more');
      return api.send(operations);
    };
    const lines = many(9000);
    const loader = loaderOf(send);
    await expect(loadAll(loader, lines)).rejects.toThrow('not any more');
    expect(loader.nextLine).toBeLessThanOrEqual(4001);
    for (const { key } of lines.slice(0, loader.nextLine - 1)) expect(api.pairs.has(key)).toBe(true);
  });

  it('ends at once where no api ever answered', async () => {
    const away = new CommandFailure('API_UNREACHABLE', 3, 'away');
    const never = loaderOf(() => Promise.reject(away));
    await expect(loadAll(never, many(1))).rejects.toBe(away);
  });

  it.each(['API_UNREACHABLE', 'OVERLOADED', 'RATE_LIMITED'])(
    'waits for an api that answers %s',
    async (code) => {
      const away = new CommandFailure(code, 3, 'away');
      const api = new SlowApi();
      let calls = 0;
      const later = loaderOf((operations) => (++calls === 2 ? Promise.reject(away) : api.send(operations)));
      await later.add({ line: 1, bytes: 1, pair: { key: 'a', value: '1' } });
      await later.add({ line: 2, bytes: 1, pair: { key: 'a', value: '2' } });
      await expect.poll(() => later.loaded).toBe(1);
      await later.end();
      expect(api.pairs.get('a')).toBe('2');
    },
  );
});
