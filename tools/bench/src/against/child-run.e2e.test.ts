import { expect, it } from 'vitest';
import { outputOf } from './child-run.js';

const run = (script: string, more: { atMostSeconds?: number; signal?: AbortSignal } = {}) =>
  outputOf({
    command: process.execPath,
    args: ['-e', script],
    cwd: '.',
    atMostSeconds: 60,
    signal: new AbortController().signal,
    ...more,
  });
const WAITING = 'setInterval(() => {}, 1000)';

it('gives what a program wrote', async () => {
  expect(await run("console.error('aside'); console.log('result')")).toBe('result\n');
});

it('tells what a program said that failed', async () => {
  await expect(run("console.error('no such row'); process.exit(3)")).rejects.toThrow(
    /ended with 3:\nno such row/,
  );
});

it('tells of a program that is not there', async () => {
  const started = outputOf({
    command: 'no-such-program',
    args: [],
    cwd: '.',
    atMostSeconds: 60,
    signal: new AbortController().signal,
  });
  await expect(started).rejects.toThrow('ENOENT');
});

it('ends a program that takes too long', async () => {
  await expect(run(WAITING, { atMostSeconds: 0.2 })).rejects.toThrow('took longer than 0.2 s');
});

it('ends a program when the run is ended, and throws why', async () => {
  const stopping = new AbortController();
  const ended = run(WAITING, { signal: stopping.signal });
  stopping.abort(new Error('Ctrl-C'));
  await expect(ended).rejects.toThrow('Ctrl-C');
  await expect(run(WAITING, { signal: stopping.signal })).rejects.toThrow('Ctrl-C');
});
