import { UsageError } from '@hybrid-sync/trials';
import { expect, it } from 'vitest';
import { parseOptions } from './options.js';

const parse = (...argv: string[]) => parseOptions(argv, () => undefined);

it('compares all modes for a minute each unless told otherwise, and writes nothing', () => {
  const options = parse();
  expect(options).toMatchObject({
    seconds: 60,
    modes: ['adaptive', 'hybrid', 'event-only'],
    seed: '1',
    json: false,
  });
  expect(options).not.toHaveProperty('write');
});

it('takes some modes only, in the order of the tables', () => {
  expect(parse('--modes', 'event-only, adaptive')?.modes).toEqual(['adaptive', 'event-only']);
});

it('writes into docs, or a folder that is named', () => {
  expect(parse('--write')?.write).toMatch(/docs$/);
  expect(parse('--write', 'somewhere')?.write).toBe('somewhere');
});

it.each([
  [['--modes', 'fast'], '"fast" is none of adaptive, hybrid, event-only'],
  [['--seconds', '1'], 'It must be 5 to 3600'],
  [['--settle', ''], 'It must be 5 to 3600'],
  [['--fast'], "unknown option '--fast'"],
])('%j is refused', (argv, message) => {
  expect(() => parse(...argv)).toThrow(UsageError);
  expect(() => parse(...argv)).toThrow(message);
});
