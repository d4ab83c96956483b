import { mutationId, slotOf } from '@hybrid-sync/sync-core';
import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import { WriteLog } from './write-log.js';

const SLOTS = 32;
let lines: Record<string, unknown>[] = [];
beforeEach(() => {
  lines = [];
});
const writeLog = (every: number) =>
  new WriteLog({
    log: pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }),
    every,
    slots: SLOTS,
  });
const write = (key: string, version: number) => ({ key, version, method: 'ASYNC_THREAD' });
const mutationOf = (key: string, version: number) => mutationId({ slot: slotOf(key, SLOTS), version });

it('a single write has its line', () => {
  writeLog(1).answered('r', 'kv_set', { success: true, ...write('a', 7) });
  expect(lines).toMatchObject([
    { requestId: 'r', mutation: mutationOf('a', 7), tool: 'kv_set', method: 'ASYNC_THREAD' },
  ]);
});

it('each write of a batch that was done has one, and what failed has none', () => {
  const failed = { op: 'set', key: 'b', error: { code: 'PRECONDITION_FAILED', version: 8 } };
  writeLog(1).answered('r', 'kv_batch', {
    done: 2,
    failed: 1,
    results: [write('a', 7), failed, write('c', 9)],
  });
  expect(lines).toMatchObject([
    { requestId: 'r', mutation: mutationOf('a', 7), tool: 'kv_batch' },
    { requestId: 'r', mutation: mutationOf('c', 9), tool: 'kv_batch' },
  ]);
});

it.each([
  ['a read', { found: true, key: 'a', version: 7 }],
  ['statistics', { results: 7 }],
  ['nothing', undefined],
])('%s has none', (_, answer) => {
  writeLog(1).answered('r', 'tool', answer);
  expect(lines).toEqual([]);
});

it('0 logs none', () => {
  writeLog(0).answered('r', 'kv_batch', { results: [write('a', 7)] });
  expect(lines).toEqual([]);
});
