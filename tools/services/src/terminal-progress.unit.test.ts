import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { TerminalProgress } from './terminal-progress.js';

/** An output that remembers what was written to it. */
function output(properties: { isTTY?: boolean; columns?: number }) {
  const stream = new PassThrough({ encoding: 'utf8' });
  const noMotion = { cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
  return Object.assign(stream as unknown as NodeJS.WriteStream, noMotion, properties);
}

test.each([
  ['where the output is no terminal', {}],
  ['on a terminal of unknown width, where a spinner would never come back', { isTTY: true, columns: 0 }],
])('plain lines %s', (_name, properties) => {
  const stream = output(properties);
  const progress = new TerminalProgress(stream);
  const redis = progress.begin('Redis');
  const mongodb = progress.begin('MongoDB');
  mongodb.say('building');
  redis.done('port 1');
  mongodb.failed();
  mongodb.failed();
  expect(stream.read()).toBe('- MongoDB: building\n✔ Redis: port 1\n✖ MongoDB\n');
});

test('a terminal gets a spinner, and a line for each step that is done', () => {
  const stream = output({ isTTY: true, columns: 80 });
  const step = new TerminalProgress(stream).begin('Redis');
  step.done('port 1');
  expect(stream.read()).toMatch(/✔ Redis: port 1\n$/);
});
