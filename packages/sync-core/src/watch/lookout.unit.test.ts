import { pino } from 'pino';
import { beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { Lookout } from './lookout.js';
import { SharedFigure } from './shared-figure.js';

const EVERY_MS = 1000;
const HOLDS_MS = 5000;
/** By how much Redis' clock is ahead. */
const AHEAD_MS = 3_600_000;
const log = pino({ level: 'silent' });

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A process, and what it tells the others as the lookout. */
function aProcess(look: () => Promise<number> = async () => 7) {
  const looks = vi.fn(look);
  const figure = new SharedFigure({
    name: 'waiting',
    schema: z.number(),
    look: looks,
    everyMs: () => EVERY_MS,
    log,
  });
  let told = '';
  const tell = vi.fn(async (seen: string) => {
    told = seen;
  });
  const lookout = new Lookout({ figures: [figure], tell, log });
  const seen = vi.fn();
  const failed = vi.fn();
  figure.follow(seen, failed);
  const beats = (lookoutNow: boolean, word = '', pods = 1, holdsMs = HOLDS_MS) => {
    const heard = lookout.heard({
      now: Date.now() + AHEAD_MS,
      lookout: lookoutNow,
      seen: word,
      pods: Array.from({ length: pods }),
      holdsMs,
    });
    return Promise.all([heard, pass(100)]);
  };
  return { lookout, figure, looks, tell, seen, failed, beats, told: () => told };
}

it('the lookout looks when it is time to, and tells each time', async () => {
  const { beats, looks, tell, figure } = aProcess();
  await beats(true);
  await beats(true);
  expect([looks.mock.calls.length, tell.mock.calls.length]).toEqual([1, 2]);
  await pass(EVERY_MS);
  await beats(true);
  expect(looks).toHaveBeenCalledTimes(2);
  expect(figure.value()).toBe(7);
});

it('the others see what it saw, by their own clock, once each, and look at nothing', async () => {
  const one = aProcess();
  const other = aProcess();
  await one.beats(true);
  const at = one.figure.last?.at;
  await pass(50);
  await other.beats(false, one.told());
  await other.beats(false, one.told());
  expect(other.seen).toHaveBeenCalledExactlyOnceWith({ at, value: 7 });
  expect([other.figure.value(), other.looks.mock.calls.length]).toEqual([7, 0]);
});

it('what is told no more says nothing of now after five seconds, and nothing at all after a minute', async () => {
  const one = aProcess();
  const other = aProcess();
  await one.beats(true);
  await other.beats(false, one.told());
  await pass(5000);
  expect([other.figure.value(), other.figure.last?.value]).toEqual([undefined, 7]);
  await pass(60_000);
  expect(other.figure.last).toBeUndefined();
});

it('what is told seldom, to many, holds for as long as it is told to', async () => {
  const one = aProcess();
  const other = aProcess();
  await one.beats(true);
  await other.beats(false, one.told(), 1, 24_000);
  await pass(23_900);
  expect(other.figure.value()).toBe(7);
  await pass(200);
  expect(other.figure.value()).toBeUndefined();
});

it('a look that fails is told: what was seen ages, and says nothing of now', async () => {
  const look = vi.fn<() => Promise<number>>().mockResolvedValueOnce(7).mockRejectedValue(new Error('away'));
  const one = aProcess(look);
  const other = aProcess();
  await one.beats(true);
  await pass(EVERY_MS);
  await one.beats(true);
  await other.beats(false, one.told());
  for (const { figure, failed } of [one, other]) {
    expect([figure.value(), figure.last?.value]).toEqual([undefined, 7]);
    expect(failed).toHaveBeenCalledOnce();
  }
});

it('a look that hangs keeps nobody from hearing of the rest, and is not begun twice', async () => {
  const one = aProcess(() => new Promise(() => undefined));
  await one.beats(true);
  await pass(5 * EVERY_MS);
  await one.beats(true);
  expect([one.tell.mock.calls.length, one.looks.mock.calls.length]).toEqual([2, 1]);
});

it('who waits for the first word is answered also where there is none', async () => {
  const { figure, lookout } = aProcess();
  const known = figure.known();
  lookout.missed(new Error('away'));
  expect(await known).toBeUndefined();
});

it.each([
  [2, false],
  [1, true],
])(
  'one that sees nothing for three seconds stands back, where there are others (%d pods)',
  async (pods, may) => {
    const { beats, lookout } = aProcess(() => Promise.reject(new Error('away')));
    await beats(true, '', pods);
    expect(lookout.mayLookOut).toBe(true);
    await pass(3000);
    await beats(true, '', pods);
    expect(lookout.mayLookOut).toBe(may);
    await pass(5000);
    expect(lookout.mayLookOut).toBe(true);
  },
);

it.each([
  'no JSON',
  '[]',
  'null',
  '{"waiting":{"at":"x"}}',
  '{"waiting":{"at":1,"mark":1,"answers":true,"value":"x"}}',
])('what no lookout of ours has told is left out: %s', async (word) => {
  const { beats, figure } = aProcess();
  await beats(false, word);
  expect(figure.value()).toBeUndefined();
});
