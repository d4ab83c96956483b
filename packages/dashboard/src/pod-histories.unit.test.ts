import { describe, expect, it } from 'vitest';
import { append, emptyColumns, latest, PodHistories, recent, writesPerSecond } from './pod-histories.js';
import { knownPod, samples } from './testing/known-pod.js';

const answerOf = (pod: string, at: number[]) => knownPod({ at }, { pod, samples: samples({ at }) }).answer;

describe('rows', () => {
  it('are appended once, and a gap shows as a row of which nothing is known', () => {
    const columns = emptyColumns();
    append(columns, samples({ at: [1000, 2000], refused: [1, 2] }));
    append(columns, samples({ at: [2000, 3000, 9000], refused: [2, 3, 4] }));
    expect(columns.at).toEqual([1000, 2000, 3000, 3001, 9000]);
    expect(columns.refused).toEqual([1, 2, 3, null, 4]);
  });

  it('are kept for a quarter of an hour', () => {
    const columns = emptyColumns();
    append(columns, samples({ at: Array.from({ length: 1000 }, (_, second) => second * 1000) }));
    expect(columns.at).toHaveLength(900);
    expect(columns.at[0]).toBe(100_000);
  });

  it('have a mean of what is known, and none where nothing is', () => {
    const { columns } = knownPod({ at: [1000, 2000], cacheMs: [null, 4], mongodbMs: [null, null] });
    expect(recent(columns, 'cacheMs', 2)).toBe(4);
    expect(recent(columns, 'mongodbMs', 2)).toBeNull();
    expect(latest(columns, 'mongodbMs')).toBeNull();
    expect(writesPerSecond(emptyColumns(), 3)).toBeNull();
  });
});

describe('pods', () => {
  it('are kept apart, and one that does not answer any more is given up for one that does', () => {
    const histories = new PodHistories();
    histories.add(answerOf('a', [1000]), 0);
    histories.add(answerOf('b', [1500]), 500);
    expect(histories.names).toEqual(['a', 'b']);
    expect(histories.shown?.answer.pod).toBe('a');
    histories.show('b');
    expect(histories.shown?.columns.at).toEqual([1500]);
    histories.show('a');
    histories.add(answerOf('b', [6500]), 5600);
    expect(histories.names).toEqual(['b']);
    expect(histories.shown?.answer.pod).toBe('b');
  });

  it('are asked for what is new to the one that lags most', () => {
    const histories = new PodHistories();
    expect(histories.newSince).toBe(0);
    histories.add(answerOf('a', [1000]), 0);
    histories.add(answerOf('b', [3000]), 0);
    expect(histories.newSince).toBe(1000);
  });
});
