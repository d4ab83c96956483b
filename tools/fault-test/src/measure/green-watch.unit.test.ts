import { expect, it } from 'vitest';
import { GreenWatch } from './green-watch.js';

/** Tries and samples every 500 ms from `from` to `to`. */
function live(watch: GreenWatch, from: number, to: number, succeeded: boolean, ready: boolean): void {
  for (let at = from; at <= to; at += 500) {
    watch.tried(succeeded, at);
    watch.sampled(ready, at);
  }
}

it('measures how long a process is green while what it is for fails', () => {
  const watch = new GreenWatch();
  live(watch, 0, 5000, true, true);
  live(watch, 5500, 12_500, false, true);
  live(watch, 13_000, 30_000, false, false);
  expect(watch.take()).toEqual({ from: 5500, greenMs: 7000 });
  expect(watch.take()).toBeUndefined();
});

it('counts nothing while all succeeds, while it is red, or when nothing is tried', () => {
  const watch = new GreenWatch();
  live(watch, 0, 20_000, true, true);
  live(watch, 20_500, 40_000, false, false);
  watch.tried(true, 40_500);
  watch.tried(false, 41_000);
  watch.sampled(true, 60_000);
  expect(watch.take()).toBeUndefined();
});

it('begins anew after a success, and after it was red', () => {
  const watch = new GreenWatch();
  live(watch, 0, 4000, false, true);
  live(watch, 4500, 4500, true, true);
  live(watch, 5000, 8000, false, true);
  live(watch, 8500, 8500, false, false);
  live(watch, 9000, 11_000, false, true);
  expect(watch.take()).toEqual({ from: 0, greenMs: 4000 });
});
