import type { Random } from '../workload/seeded-random.js';

/**
 * When requests arrive, in milliseconds from the start, rising: exactly `count` of them within `durationMs`,
 * as in a Poisson process of which it is known how many arrivals it had. Independent clients arrive like
 * that: now and then several at once.
 *
 * Given their number, the arrivals of a Poisson process are that many uniform draws in order (S. Ross,
 * "Introduction to Probability Models", section on conditional arrival times). In order they come one by one
 * without a sort: the smallest of n uniform draws from what is left of the time lies at 1 - u^(1/n) of it.
 */
export function* arrivalTimes(
  count: number,
  durationMs: number,
  random: Random,
): Generator<number, void, void> {
  let at = 0;
  for (let left = count; left > 0; left--) {
    at += (durationMs - at) * (1 - (1 - random()) ** (1 / left));
    yield at;
  }
}
