import { expect, it } from 'vitest';
import {
  beatMs,
  deadAfterMs,
  heardHoldsMs,
  lookoutBeatMs,
  sampleEveryMs,
  sampleHoldsMs,
} from './beat-pace.js';

it.each([
  [250, false, 1, 250],
  [250, true, 1, 1000],
  [20, true, 1, 80],
  [60_000, false, 1, 1000],
  [250, false, 31, 250],
  [250, false, 1000, 8000],
  [250, true, 125, 1000],
])('with sample-ms %d, idle %s and %d pods a heart beats each %d ms', (loadSampleMs, idle, pods, ms) => {
  expect(beatMs({ loadSampleMs, idle, pods })).toBe(ms);
});

it('a process of which there are few beats four times until it would be dead, however many pods there are', () => {
  const terms = { loadSampleMs: 250, idle: true, silentMs: 6000 };
  expect([1, 1000].map((pods) => beatMs({ ...terms, pods }))).toEqual([1000, 1500]);
});

it("the lookout's beats as with a single pod, and samples as asked where that is more seldom", () => {
  expect(lookoutBeatMs({ loadSampleMs: 250, idle: false, pods: 1000 })).toBe(250);
  expect(lookoutBeatMs({ loadSampleMs: 250, idle: true, pods: 125 })).toBe(1000);
  expect(lookoutBeatMs({ loadSampleMs: 250, idle: true, pods: 1000 })).toBe(250);
  expect([sampleEveryMs(250), sampleEveryMs(60_000)]).toEqual([0, 60_000]);
});

it.each([
  [1, { told: 5000, sample: 5000, dead: 5000 }],
  [1000, { told: 24_000, sample: 24_000, dead: 32_000 }],
])('with %d pods what was heard outlives two beats that bring nothing, a pod three', (pods, ms) => {
  const terms = { loadSampleMs: 250, pods };
  expect({
    told: heardHoldsMs(5000, terms),
    sample: sampleHoldsMs(terms),
    dead: deadAfterMs(terms),
  }).toEqual(ms);
  expect(sampleHoldsMs({ ...terms, loadSampleMs: 60_000 })).toBe(1_200_000);
});
