import type { RequestListener } from 'node:http';
import { OwnHttp } from '@hybrid-sync/services/own-http';
import { expect, it, onTestFinished } from 'vitest';
import { Past } from './past.js';
import { pastQueries, RANGES, type Range } from './past-queries.js';
import { askPrometheus } from './prometheus.js';

const NOW = Date.parse('2026-11-26T12:00:07Z');
const COLUMNS = Object.keys(pastQueries('1h', ''));

/** A stand-in that is asked as Prometheus is. @returns where it is */
async function standIn(answer: RequestListener): Promise<string> {
  const server = await OwnHttp.start(answer);
  onTestFinished(() => server.stop());
  return server.url;
}

/** A stand-in that knows of two points, and of one that is no number. @returns where it is, and what it was asked */
async function prometheus(): Promise<{ url: string; asked: URL[]; headers: (string | undefined)[] }> {
  const asked: URL[] = [];
  const headers: (string | undefined)[] = [];
  const url = await standIn((request, response) => {
    const place = new URL(request.url ?? '', 'http://prometheus');
    asked.push(place);
    headers.push(request.headers.authorization);
    const start = Number(place.searchParams.get('start'));
    const step = Number(place.searchParams.get('step'));
    const values = [
      [start + step, '12.3456'],
      [start + 2 * step, 'NaN'],
      [Number(place.searchParams.get('end')), '7'],
    ];
    const data = { resultType: 'matrix', result: [{ metric: {}, values }] };
    response.end(JSON.stringify({ status: 'success', data }));
  });
  return { url, asked, headers };
}

it.each(Object.keys(RANGES) as Range[])(
  'of the last %s it knows a value for each point, null for none',
  async (range) => {
    const { url, asked } = await prometheus();
    const answer = await new Past({ url, selector: undefined }).of(range, NOW);
    if (!answer.known) expect.fail(answer.reason);
    const { at, ...columns } = answer.samples;
    const { spanSec, stepSec } = RANGES[range];
    expect(at).toHaveLength(spanSec / stepSec + 1);
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBe(spanSec * 1000);
    expect(NOW - (at.at(-1) ?? 0)).toBeLessThan(stepSec * 1000);
    expect(Object.keys(columns).sort()).toEqual([...COLUMNS].sort());
    for (const values of Object.values(columns)) {
      expect([values[0], values[1], values[2], values.at(-1)]).toEqual([null, 12.35, null, 7]);
      expect(values).toHaveLength(at.length);
    }
    expect(asked.every(({ pathname }) => pathname === '/api/v1/query_range')).toBe(true);
  },
);

it('it is asked once for a point, however many look, and anew for the next one', async () => {
  const { url, asked } = await prometheus();
  const past = new Past({ url, selector: undefined });
  await Promise.all(Array.from({ length: 50 }, () => past.of('1h', NOW)));
  expect(asked).toHaveLength(COLUMNS.length);
  await past.of('1h', NOW + 15_000);
  expect(asked).toHaveLength(2 * COLUMNS.length);
});

it('each question is narrowed by the selector, and goes below the path of the URL with its user and password', async () => {
  const { url, asked, headers } = await prometheus();
  const at = `${url.replace('//', '//us%40er:p%3Aw@')}/prom/`;
  const answer = await new Past({ url: at, selector: 'namespace="shop"' }).of('6h', NOW);
  expect(answer.known).toBe(true);
  for (const { pathname, searchParams } of asked) {
    expect(pathname).toBe('/prom/api/v1/query_range');
    expect(searchParams.get('query')).toMatch(/\{namespace="shop"/);
  }
  expect(new Set(headers)).toEqual(new Set([`Basic ${Buffer.from('us@er:p:w').toString('base64')}`]));
});

const GRID = { startSec: 0, endSec: 60, stepSec: 15 };

it.each<[what: string, answer: RequestListener]>([
  ['refused the question (HTTP 500)', (_, response) => response.writeHead(500).end('a secret')],
  ['does not answer as Prometheus does', (_, response) => response.end('<html>')],
  [
    'does not answer as Prometheus does',
    (_, response) => response.end('{"data":{"resultType":"vector","result":[]}}'),
  ],
  ['can not be reached', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()],
  ['answered more than 1000000 bytes', (_, response) => response.end('x'.repeat(1_000_001))],
  ['did not answer in time', () => undefined],
  ['did not answer in time', (_, response) => response.write('{"data":')],
])('of one that %s this is said, and no secret', async (what, answer) => {
  const url = (await standIn(answer)).replace('//', '//user:hidden@');
  const failure = await askPrometheus(url, 'up', GRID, 200).catch((error: Error) => error.message);
  expect(failure).toContain(what);
  expect(failure).not.toMatch(/hidden|secret/);
});

it('without a URL it says what to set; of one that is away it says so, and asks again soon', async () => {
  expect(await new Past({ url: undefined, selector: undefined }).of('1h')).toMatchObject({
    known: false,
    reason: expect.stringContaining('PROMETHEUS_URL'),
  });
  let there = false;
  const failing = await standIn((request, response) => {
    if (!there) response.destroy();
    else response.writeHead(200).end(JSON.stringify({ data: { resultType: 'matrix', result: [] } }));
    request.resume();
  });
  const past = new Past({ url: failing, selector: undefined });
  expect(await past.of('1h', NOW)).toMatchObject({
    known: false,
    reason: expect.stringContaining('can not be reached'),
  });
  there = true;
  expect((await past.of('1h', NOW + 1000)).known).toBe(false);
  expect((await past.of('1h', NOW + 3000)).known).toBe(true);
});
