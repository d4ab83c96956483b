import { UsageError } from '@hybrid-sync/trials';
import { expect, it } from 'vitest';
import { OTHER_NAMES, parseOptions } from './options.js';
import { ROW_NAMES } from './rows/catalogue.js';

const parse = (...argv: string[]) => parseOptions(argv, () => undefined);

it('measures everything unless told otherwise, and writes the document', () => {
  expect(parse()).toMatchObject({
    mode: 'full',
    json: false,
    rounds: 5,
    rows: ROW_NAMES,
    others: OTHER_NAMES,
    writesDocument: true,
  });
});

it('quick is shorter, and without a document', () => {
  expect(parse('--quick', '--json')).toMatchObject({
    mode: 'quick',
    json: true,
    seconds: 1,
    writesDocument: false,
  });
});

it('takes rows and other figures by one option, in the order of the tables; then there is no document', () => {
  const options = parse('--rows', 'fallback, core,redis-set', '--seconds', '0.5', '--rounds', '2');
  expect(options).toMatchObject({
    rows: ['redis-set', 'core'],
    others: ['fallback'],
    seconds: 0.5,
    rounds: 2,
    writesDocument: false,
  });
});

it.each([
  [['--rows', 'cores'], '"cores" is none of redis-set'],
  [['--seconds', '0'], 'above 0'],
  [['--rounds', '1.5'], 'whole number'],
  [['--fast'], "unknown option '--fast'"],
  [['core'], 'too many arguments'],
])('%j is refused', (argv, message) => {
  expect(() => parse(...argv)).toThrow(UsageError);
  expect(() => parse(...argv)).toThrow(message);
});

it('tunes, and profiles a row or the drain, in modes of their own', () => {
  expect(parse('--tune')).toMatchObject({ mode: 'tune', writesDocument: false });
  expect(parse('--profile', 'drain', '--seconds', '3')).toMatchObject({
    mode: 'profile',
    profile: 'drain',
    seconds: 3,
  });
  expect(() => parse('--tune', '--quick')).toThrow("option '--tune' cannot be used with option '--quick'");
  expect(() => parse('--profile', 'all')).toThrow('"all" is none of redis-set');
});

it('measures what a decision costs in a mode of its own', () => {
  expect(parse('--decision')).toMatchObject({ mode: 'decision', writesDocument: false });
  expect(() => parse('--decision', '--rows', 'core')).toThrow("option '--decision' cannot be used with");
});

it('verifies and restores a million keys, or as many as are asked for, in a mode of its own', () => {
  expect(parse('--million')).toMatchObject({ mode: 'million', million: 1_000_000, writesDocument: false });
  expect(parse('--million', '5000', '--json')).toMatchObject({ million: 5000, json: true });
  expect(() => parse('--million', 'many')).toThrow(UsageError);
  expect(() => parse('--million', '--rows', 'core')).toThrow("option '--million [keys]' cannot be used with");
});

it('measures idle processes in a mode of its own', () => {
  expect(parse('--idle', '--seconds', '5')).toMatchObject({
    mode: 'idle',
    seconds: 5,
    writesDocument: false,
  });
  expect(parse('--idle', '--pods', '1000')).toMatchObject({ mode: 'idle', pods: 1000 });
  expect(() => parse('--pods', '1000')).toThrow('--pods goes with --idle');
  expect(() => parse('--idle', '--rows', 'core')).toThrow("option '--idle' cannot be used with");
});

it('compares rows with an earlier commit in a mode of its own', () => {
  expect(parse('--against', 'HEAD~1', '--rows', 'core')).toMatchObject({
    mode: 'against',
    against: 'HEAD~1',
    rows: ['core'],
    rounds: 5,
    seconds: 1,
    writesDocument: false,
  });
  expect(() => parse('--against', 'HEAD~1', '--rows', 'core,drain')).toThrow(
    'compares rows only, and drain is none',
  );
  expect(() => parse('--against', 'HEAD~1', '--quick')).toThrow(
    "option '--against <ref>' cannot be used with",
  );
});

it('help names every row and figure', () => {
  let printed = '';
  expect(
    parseOptions(['--help'], (text) => {
      printed += text;
    }),
  ).toBeUndefined();
  for (const name of [...ROW_NAMES, ...OTHER_NAMES]) expect(printed).toContain(name);
});
