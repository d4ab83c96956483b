import { describe, expect, it } from 'vitest';
import { lineProgress } from './progress.js';

function setUp() {
  const lines: string[] = [];
  let now = 0;
  const progress = lineProgress(
    (line) => void lines.push(line),
    () => now,
  );
  return {
    lines,
    progress,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

describe('lineProgress', () => {
  it('writes a line now and then, not for each update', () => {
    const { lines, progress, wait } = setUp();
    progress.begin('load', 100);
    for (let second = 1; second <= 12; second++) {
      wait(1000);
      progress.update(second, `${second} s`);
    }
    expect(lines).toEqual(['load: 5 s', 'load: 10 s']);
  });

  it('always ends with the last state', () => {
    const { lines, progress } = setUp();
    progress.begin('load');
    progress.update(1, 'half');
    progress.update(2, 'all');
    progress.end();
    progress.end();
    expect(lines).toEqual(['load: all']);
  });

  it('does not repeat a state', () => {
    const { lines, progress, wait } = setUp();
    progress.begin('load');
    wait(6000);
    progress.update(1, 'all');
    progress.end();
    expect(lines).toEqual(['load: all']);
  });

  it('says what is not part of a stage at once, and shows no update without one', () => {
    const { lines, progress, wait } = setUp();
    wait(60_000);
    progress.update(1, 'too late');
    progress.say('hello');
    expect(lines).toEqual(['hello']);
  });
});
