import { expect, test } from 'vitest';
import { givenForTests, needsServices, unitOnly } from './test-selection.js';

test.each<[string[], boolean]>([
  [[], true],
  [['--project', 'unit'], false],
  [['--project=unit'], false],
  [['--project', 'unit', 'packages/sync-core', '-t', 'journal'], false],
  [['--project', 'unit*', '--project', 'unit-alone'], false],
  [['--project', 'int'], true],
  [['--project=unit', '--project=int'], true],
  [['some-file'], true],
  [['a/b.unit.test.ts', 'c.unit.test.ts'], false],
  [['--bail=1', 'a/b.unit.test.ts'], false],
  [['a/b.unit.test.ts', 'c.int.test.ts'], true],
  [['a/b.unit.test.ts', 'c'], true],
])('%j needs services: %s', (args, expected) => {
  expect(needsServices(args)).toBe(expected);
});

test('a selection is narrowed to unit tests', () => {
  expect(unitOnly(['--project', 'int', '--project=e2e', 'path', '-t', 'x'])).toEqual([
    'path',
    '-t',
    'x',
    '--project',
    'unit*',
    '--passWithNoTests',
  ]);
});

test('only variables made for tests name services for tests', () => {
  const env = { REDIS_URL: 'redis://precious', MONGODB_URL: 'mongodb://precious' };
  expect(givenForTests(env)).toEqual({ givenRedis: undefined, givenMongodb: undefined });
  expect(givenForTests({ ...env, TEST_REDIS_URL: 'redis://test' }).givenRedis).toEqual({
    url: 'redis://test',
    variable: 'TEST_REDIS_URL',
  });
});
