import { expect, it } from 'vitest';
import { beatMs, lookoutBeatMs, sampleEveryMs } from './beat-pace.js';

it.each([
  [250, false, 1, 250],
  [250, true, 1, 1000],
  [20, true, 1, 80],
  [60_000, false, 1, 1000],
  [250, false, 62, 250],
  [250, false, 1000, 4000],
  [250, true, 250, 1000],
])('with sample-ms %d, idle %s and %d pods a heart beats each %d ms', (loadSampleMs, idle, pods, ms) => {
  expect(beatMs({ loadSampleMs, idle, pods })).toBe(ms);
});

it("the lookout's beats as with a single pod, and samples as asked where that is more seldom", () => {
  expect(lookoutBeatMs({ loadSampleMs: 250, idle: false, pods: 1000 })).toBe(250);
  expect(lookoutBeatMs({ loadSampleMs: 250, idle: true, pods: 250 })).toBe(1000);
  expect(lookoutBeatMs({ loadSampleMs: 250, idle: true, pods: 1000 })).toBe(250);
  expect([sampleEveryMs(250), sampleEveryMs(60_000)]).toEqual([0, 60_000]);
});
