import { describe, expect, it } from 'vitest';
import { fieldsOf, wellFormed } from './fields.js';

const saidOf = (input: unknown) => wellFormed().safeParse(input).error?.issues[0]?.message;

describe('what is no text', () => {
  it.each([7, 1e3, true, false])('%j: the caller is told to quote it', (input) => {
    expect(saidOf(input)).toMatch(/^must be text; .* needs quotation marks: "42"$/);
  });

  it.each([null, undefined, {}, ['7']])('%j: quotation marks would not help', (input) => {
    expect(saidOf(input)).toMatch(/expected string/);
  });
});

it('what looks like a number and is quoted is text', () => {
  expect(wellFormed().parse('42')).toBe('42');
});

it('the longest cursor of a Redis Cluster can be given back', () => {
  const { cursor } = fieldsOf({ maxKeyBytes: 10, maxValueBytes: 10 });
  const longest = `c${'a'.repeat(40)}.${'0'.repeat(16)}.${'1'.repeat(20)}.${`b${'-'.repeat(2731)}`}.b${'_'.repeat(2731)}`;
  expect(cursor.parse(longest)).toBe(longest);
  expect(cursor.safeParse(`c${'a'.repeat(6001)}`).success).toBe(false);
});
