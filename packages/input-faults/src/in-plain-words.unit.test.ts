import { expect, it } from 'vitest';
import { z } from 'zod';
import { inPlainWords } from './in-plain-words.js';

const said = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value, { error: inPlainWords }).error?.issues.map(({ message }) => message);

const EITHER = z.union([z.string(), z.boolean()]);
const BY_OP = z.discriminatedUnion('op', [
  z.object({ op: z.literal('set') }),
  z.object({ op: z.literal('del') }),
]);

it.each<[what: string, schema: z.ZodType, value: unknown, message: string]>([
  ['nothing', z.string(), undefined, 'is missing'],
  ['a number for text', z.string(), 5, 'must be text'],
  ['null for text', z.string(), null, 'must be text'],
  ['text for a number', z.number(), 'x', 'must be a number'],
  ['NaN', z.number(), Number.NaN, 'must be a number'],
  ['a fraction', z.int(), 0.5, 'must be a whole number'],
  ['too little', z.int().min(1), 0, 'must be at least 1'],
  ['too little, by itself', z.number().gt(0), 0, 'must be more than 0'],
  ['too much', z.int().max(1000), 1001, 'must be at most 1000'],
  ['too much, by itself', z.number().lt(5), 5, 'must be less than 5'],
  ['no step', z.number().multipleOf(5), 7, 'must be a multiple of 5'],
  ['empty text', z.string().min(1), '', 'must not be empty'],
  ['short text', z.string().min(8), 'x', 'must have at least 8 characters'],
  ['long text', z.string().max(1), 'xx', 'must have at most 1 character'],
  ['text of another length', z.string().length(2), 'x', 'must have exactly 2 characters'],
  ['an empty list', z.array(z.string()).min(1), [], 'must not be empty'],
  ['a long list', z.array(z.string()).max(2), ['', '', ''], 'must have at most 2 entries'],
  ['no list', z.array(z.string()), {}, 'must be a list'],
  ['no object', z.object({}), [], 'must be an object'],
  ['no object, by names of any kind', z.record(z.string(), z.string()), 'x', 'must be an object'],
  ['no yes or no', z.boolean(), 'yes', 'must be true or false'],
  ['another word', z.enum(['adaptive', 'hybrid']), 'x', 'must be one of adaptive, hybrid'],
  ['another constant', z.literal('base64'), 'hex', 'must be base64'],
  ['no moment', z.iso.datetime(), 'x', 'must be a moment like 2026-01-31T12:00:00Z'],
  ['a name too many', z.strictObject({}), { a: 1 }, 'is not known here'],
  ['none of two types', EITHER, 5, 'must be text or true or false'],
  ['none of a union', EITHER, undefined, 'is missing'],
  ['another kind', BY_OP, { op: 'x' }, 'must be one of set, del'],
])('%s', (_, schema, value, message) => {
  expect(said(schema, value)).toEqual([message]);
});

it('leaves to a schema what it says itself', () => {
  expect(said(z.string('must be quoted'), 5)).toEqual(['must be quoted']);
  expect(said(z.string().regex(/^a/, 'must start with a'), 'b')).toEqual(['must start with a']);
});

it('says that none of the forms fits where they want different things deeper down', () => {
  const schema = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);
  expect(said(schema, {})).toEqual(['has none of the forms that are taken']);
});

it('never repeats the value', () => {
  for (const schema of [z.number(), z.enum(['a']), z.iso.datetime(), z.string().max(3), z.array(z.string())])
    expect(said(schema, 'secret')?.join()).not.toContain('secret');
});
