import { CUT, type FakeAnswer, FakeApi, toolAnswer } from '@hybrid-sync/services/fake-api';
import { afterEach, describe, expect, it } from 'vitest';
import { EndedBySignal } from '../errors.js';
import { runCli } from '../testing/run-cli.js';
import { statsView } from './stats-view.js';

const style = { bold: String, dim: String, alarm: String };
let api: FakeApi | undefined;
afterEach(() => api?.stop());

/** Watches an api that gives these answers, one after another, until the last one is given. */
async function watched(
  answers: (FakeAnswer | typeof CUT)[],
  words: string[] = [],
  terminal?: { columns: number; rows: number },
) {
  const ended = new AbortController();
  let next = 0;
  api = await FakeApi.start(() => {
    const answer = answers[next++];
    // The look that it is asked for now is still shown: it ends after that one.
    if (next > answers.length) ended.abort(new EndedBySignal('SIGINT'));
    return answer;
  });
  return runCli(['--url', api.url, 'stats', '--watch', '--interval', '0.1', ...words], {
    signal: ended.signal,
    ...(terminal === undefined ? {} : { terminal }),
  });
}

const stats = (count: number) => toolAnswer({ synced: { ASYNC_THREAD: count }, isHighLoad: false });

describe('stats --watch', () => {
  it('prints each look after the last one where there is no terminal', async () => {
    const end = await watched([stats(1), stats(2)]);
    expect(end.stdout.match(/ASYNC_THREAD\u00a0\d/g)).toEqual(['ASYNC_THREAD\u00a01', 'ASYNC_THREAD\u00a02']);
    expect(end.stdout).not.toContain('\x1b');
    expect([end.code, end.stderr]).toEqual([130, '']);
  });

  it('with --json prints one document a line', async () => {
    const end = await watched([stats(1), stats(2)], ['--json']);
    const lines = end.stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).synced.ASYNC_THREAD)).toEqual([1, 2]);
  });

  it('redraws one screen on a terminal, and leaves what was there before', async () => {
    const end = await watched([stats(1), stats(2)], [], { columns: 80, rows: 24 });
    expect(end.stdout.startsWith('\x1b[?1049h\x1b[?25l\x1b[H')).toBe(true);
    expect(end.stdout.split('\x1b[H')).toHaveLength(3);
    expect(end.stdout.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
  });

  it('draws no more lines than the terminal has', async () => {
    const end = await watched([stats(1)], [], { columns: 80, rows: 3 });
    expect(end.stdout.split('\r\n')).toHaveLength(3);
  });

  it('waits for an api that goes away, says so, and shows it when it is back', async () => {
    const away = { status: 503, body: 'no server' };
    const end = await watched([stats(1), away, CUT, stats(2)], [], { columns: 80, rows: 24 });
    const frames = end.stdout.split('\x1b[H').slice(1);
    expect(frames[1]).toMatch(/no answer for \d+ s: what answers at .* is no hybrid-sync api/);
    expect(frames[2]).toMatch(/no answer for \d+ s: no api answers at .*: the connection was cut/);
    expect(frames[3]).toMatch(/every 0.1 s.*ASYNC_THREAD\u00a02/s);
  });

  it('ends when the token is refused, and when the first look fails', async () => {
    const refused = { status: 401, body: { code: 'UNAUTHORIZED', detail: 'the token has expired' } };
    expect((await watched([stats(1), refused])).code).toBe(4);
    await api?.stop();
    expect((await watched([{ status: 404, body: '' }])).code).toBe(3);
  });

  it.each(['0', '0.01', '3601', 'NaN', '-1', '1e400', ''])(
    'refuses an interval of %j s',
    async (interval) => {
      const end = await runCli(['stats', '--watch', `--interval=${interval}`, '--json']);
      expect(end.code).toBe(2);
      expect(end.error()).toMatchObject({ field: '--interval' });
    },
  );
});

describe('the view', () => {
  const sample = (atMs: number, synced: object) => ({ atMs, stats: { synced } });

  it('says how fast counters rose', () => {
    const now = sample(3000, { ASYNC_THREAD: 12_345, EVENT_BASED: 7 });
    const view = statsView(now, sample(1000, { ASYNC_THREAD: 2345, EVENT_BASED: 7 }), { width: 80, style });
    expect(view.replaceAll('\u00a0', ' ')).toContain('ASYNC_THREAD 12,345 (5,000/s) · EVENT_BASED 7 (0/s)');
  });

  it('says nothing where counters fell, as after the start of another pod', () => {
    const now = sample(2000, { ASYNC_THREAD: 5 });
    const view = statsView(now, sample(1000, { ASYNC_THREAD: 2345 }), { width: 80, style });
    expect(view.replaceAll('\u00a0', ' ')).toContain('ASYNC_THREAD 5 ');
    expect(view).not.toContain('/s');
  });
});
