import { describe, expect, it } from 'vitest';
import { SuccessWatch } from './success-watch.js';

describe('what is tried again and again', () => {
  it('fails since the start of the attempt that failed first, of what the last one failed of', () => {
    const watch = new SuccessWatch();
    watch.failed('TIMEOUT', 1000, 3000);
    watch.failed('OOM', 4000, 4500);
    expect(watch.failing(5000, 5999)).toBeUndefined();
    expect(watch.failing(5000, 6000)).toEqual({ forMs: 5000, cause: 'OOM' });
  });

  it('does not fail any more after a success, and begins anew after that', () => {
    const watch = new SuccessWatch();
    watch.failed('OOM', 0, 0);
    watch.succeeded();
    expect(watch.failing(0, 100_000)).toBeUndefined();
    watch.failed('OOM', 99_000, 99_000);
    expect(watch.failing(0, 100_000)).toEqual({ forMs: 1000, cause: 'OOM' });
  });

  it('says how long ago it failed last', () => {
    const watch = new SuccessWatch();
    expect(watch.quietMs(0)).toBe(Number.POSITIVE_INFINITY);
    watch.failed('OOM', 0, 500);
    expect(watch.quietMs(700)).toBe(200);
  });
});
