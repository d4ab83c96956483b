import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bothOpenAt, breakersOpened } from './breaker-log.js';

it('breakers are open from when the second of both opened, and only within the time that is looked at', () => {
  const opened = [
    { route: 'fast', at: 10 },
    { route: 'fast', at: 110 },
    { route: 'outbox', at: 120 },
    { route: 'fast', at: 130 },
  ] as const;
  expect(bothOpenAt(opened, 100, 200)).toBe(120);
  expect(bothOpenAt(opened, 0, 50)).toBeUndefined();
  expect(bothOpenAt([], 0, 50)).toBeUndefined();
});

it('a log is read on the clock of the run, and what a kill cut off is passed over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-fault-test-'));
  const file = join(folder, 'api.log');
  const line = (state: string, route: string, time: number) =>
    JSON.stringify({ level: 40, time, route, state, msg: 'circuit breaker' });
  const now = performance.timeOrigin;
  await writeFile(
    file,
    [
      line('open', 'fast', now + 5000),
      line('half-open', 'fast', now + 7000),
      '{"level":30,"msg":"ready"}',
      line('open', 'outbox', now + 6000),
      line('open', 'fast', now + 9000).slice(0, -10),
    ].join('\n'),
  );
  expect(await breakersOpened(file)).toEqual([
    { route: 'fast', at: 5000 },
    { route: 'outbox', at: 6000 },
  ]);
  await rm(folder, { recursive: true });
});
