import { toolContract } from '@hybrid-sync/tool-contract';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { announcedInput, announcedOutput } from './announced-schema.js';

const MAX_BYTES = 46_000;

it('tools/list stays below its bound', () => {
  const tools = Object.entries(toolContract()).map(
    ([name, { title, description, hints, input, output }]) => ({
      name,
      title,
      description,
      annotations: { title, ...hints },
      inputSchema: announcedInput(input),
      outputSchema: announcedOutput(output),
    }),
  );
  expect(Buffer.byteLength(JSON.stringify({ tools }))).toBeLessThan(MAX_BYTES);
});

it('an argument keeps its bounds, default, choice and description', () => {
  const input = z.strictObject({
    count: z.int().min(1).max(9).default(3).describe('How many.'),
    way: z.enum(['a', 'b']).describe('Which way.'),
    name: z.string().min(1).max(5).nullish().describe('Whose.'),
  });
  expect(announcedInput(input)).toMatchObject({
    type: 'object',
    additionalProperties: false,
    required: ['way'],
    properties: {
      count: { type: 'integer', minimum: 1, maximum: 9, default: 3, description: 'How many.' },
      way: { type: 'string', enum: ['a', 'b'], description: 'Which way.' },
      name: { type: ['string', 'null'], minLength: 1, maxLength: 5, description: 'Whose.' },
    },
  });
});

it('an answer is announced by the fields at its top', () => {
  const output = z.object({
    at: z.iso.datetime().nullable().describe('When.'),
    pod: z.object({ id: z.string() }).describe('Which pod.'),
    state: z.enum(['on', 'off']),
  });
  expect(announcedOutput(output)).toEqual({
    type: 'object',
    properties: {
      at: { type: ['string', 'null'], description: 'When.' },
      pod: { type: 'object', description: 'Which pod.' },
      state: { type: 'string', enum: ['on', 'off'] },
    },
  });
});

it.each(Object.entries(toolContract()))('%s: each field of the answer is announced', (_, { output }) => {
  expect(Object.keys(announcedOutput(output).properties as object)).toEqual(Object.keys(output.shape));
});
