import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BENCHMARKS, COMPARISON, withFigures } from './comparison-document.js';

it('what is compared are the benchmark\'s figures; "npm run documents" takes them over', () => {
  const comparison = readFileSync(COMPARISON, 'utf8');
  expect(withFigures(comparison, readFileSync(BENCHMARKS, 'utf8'))).toBe(comparison);
});

it('a row that the benchmark no longer has is told', () => {
  const benchmarks = readFileSync(BENCHMARKS, 'utf8').replaceAll('| cacheable |', '| other |');
  expect(() => withFigures(readFileSync(COMPARISON, 'utf8'), benchmarks)).toThrow(/no row cacheable/);
});
