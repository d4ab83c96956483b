import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreClock } from './store-clock.js';

const FIVE_MINUTES = 300_000;
const NOON = Date.parse('2026-08-01T12:00:00Z');
const hello = (time: number) => ({ isWritablePrimary: true, localTime: new Date(time) });

beforeEach(() => void vi.useFakeTimers({ now: NOON }));
afterEach(() => void vi.useRealTimers());

describe("the store's clock", () => {
  it("is the process's own until the store has said its time, and where the two agree", () => {
    const clock = new StoreClock();
    expect(clock.now()).toBe(NOON);
    clock.heard(hello(NOON - 900));
    expect(clock.now()).toBe(NOON);
  });

  it.each([
    ['ahead', FIVE_MINUTES],
    ['behind', -FIVE_MINUTES],
  ])("is the store's where the process's own is %s, and goes on between two heartbeats", (_, by) => {
    const clock = new StoreClock();
    clock.heard(hello(NOON - by));
    expect(clock.now()).toBe(NOON - by);
    vi.advanceTimersByTime(7000);
    expect(clock.now()).toBe(NOON - by + 7000);
  });

  it("goes on where the process's own jumps", () => {
    const clock = new StoreClock();
    clock.heard(hello(NOON));
    vi.setSystemTime(NOON + FIVE_MINUTES);
    expect(clock.now()).toBe(NOON);
  });

  it.each([
    ['a server that takes no writes', { localTime: new Date(0), isWritablePrimary: false }],
    ['an answer without a time', { isWritablePrimary: true }],
    ['a time that is none', { isWritablePrimary: true, localTime: new Date(Number.NaN) }],
  ])('is not told by %s', (_, answer) => {
    const clock = new StoreClock();
    clock.heard(answer);
    expect(clock.now()).toBe(NOON);
  });
});
