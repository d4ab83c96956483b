import { expect, it } from 'vitest';
import { z } from 'zod';
import { firstFault } from './first-fault.js';
import { inPlainWords } from './in-plain-words.js';

const schema = z.strictObject({ value: z.string(), inner: z.object({ list: z.array(z.int()) }).optional() });
const faultOf = (input: unknown) => {
  const { error } = schema.safeParse(input, { error: inPlainWords });
  if (error === undefined) throw new Error('the input has no fault');
  return firstFault(error, Object.keys(schema.shape), 'is not an argument');
};

it.each<[what: string, input: unknown, field: string, message: string]>([
  ['a field', { value: 5 }, 'value', 'must be text'],
  ['a field that is missing', {}, 'value', 'is missing'],
  ['a part of a list', { value: '', inner: { list: [1, 0.5] } }, 'inner.list.1', 'must be a whole number'],
  ['a misspelt field', { valeu: '' }, 'valeu', 'is not an argument; did you mean value?'],
  ['a field that nothing is like', { value: '', other: '' }, 'other', 'is not an argument'],
  ['the whole', [], '', 'must be an object'],
])('names %s', (_, input, field, message) => {
  expect(faultOf(input)).toEqual({ field, message });
});

it('shortens a name that is any text', () => {
  expect(faultOf({ value: '', ['x'.repeat(1e6)]: '' }).field).toHaveLength(100);
});
