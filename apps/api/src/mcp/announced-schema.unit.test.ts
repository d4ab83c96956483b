import { toolContract } from '@hybrid-sync/tool-contract';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { announcedHints, announcedInput, announcedOutput } from './announced-schema.js';

const MAX_BYTES = 30_000;
/** What answers carry beside what was asked for. */
const BESIDE = ['success', 'key', 'message', 'timestamp', 'seconds', 'keysPerSecond'];

it('tools/list stays below its bound', () => {
  const tools = Object.entries(toolContract()).map(
    ([name, { title, description, hints, input, output }]) => ({
      name,
      title,
      description,
      annotations: announcedHints(hints),
      inputSchema: announcedInput(input),
      outputSchema: announcedOutput(output),
    }),
  );
  expect(Buffer.byteLength(JSON.stringify({ tools }))).toBeLessThan(MAX_BYTES);
});

it('an argument keeps its bounds, default, choice and description, each said once', () => {
  const input = z.strictObject({
    count: z.int().min(2).max(9).default(3).describe('How many.'),
    way: z.enum(['a', 'b']).describe('Which way.'),
    name: z.string().min(1).max(5).nullish().describe('Whose.'),
    share: z.number().min(1).max(100).describe('How much, 1 to 100.'),
    flag: z.boolean().nullish().describe('Whether.'),
    any: z.union([z.union([z.string(), z.array(z.string())]), z.boolean()]).describe('What.'),
    kept: z.record(z.string(), z.string().nullable()).describe('What may be null.'),
  });
  expect(announcedInput(input)).toEqual({
    type: 'object',
    required: ['way', 'share', 'any', 'kept'],
    properties: {
      count: { type: 'integer', minimum: 2, maximum: 9, default: 3, description: 'How many.' },
      way: { enum: ['a', 'b'], description: 'Which way.' },
      name: { type: 'string', description: 'Whose.' },
      share: { type: 'number', description: 'How much, 1 to 100.' },
      flag: { type: 'boolean', description: 'Whether.' },
      any: {
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }, { type: 'boolean' }],
        description: 'What.',
      },
      kept: {
        type: 'object',
        additionalProperties: { type: ['string', 'null'] },
        description: 'What may be null.',
      },
    },
  });
});

it('items of several kinds are announced as one, by names and types', () => {
  const input = z.strictObject({
    list: z
      .array(
        z.discriminatedUnion('op', [
          z.strictObject({
            op: z.literal('a'),
            key: z.string().describe('Whose.'),
            way: z.literal('x').nullish(),
          }),
          z.strictObject({
            op: z.literal('b'),
            key: z.string(),
            way: z.literal('x'),
            by: z.int().default(1),
          }),
        ]),
      )
      .describe('What to do.'),
  });
  expect(announcedInput(input).properties).toEqual({
    list: {
      type: 'array',
      description: 'What to do.',
      items: {
        type: 'object',
        required: ['op', 'key'],
        properties: {
          op: { enum: ['a', 'b'] },
          key: { type: 'string' },
          way: { enum: ['x'] },
          by: { type: 'integer' },
        },
      },
    },
  });
});

it('an answer is announced by the fields at its top', () => {
  const output = z.object({
    at: z.iso.datetime().nullable().describe('When.'),
    pod: z.object({ id: z.string() }).describe('Which pod.'),
    state: z.enum(['on', 'off']).describe('How it is.'),
    timestamp: z.iso.datetime(),
  });
  expect(announcedOutput(output)).toEqual({
    type: 'object',
    properties: {
      at: { type: ['string', 'null'] },
      pod: { type: 'object' },
      state: { enum: ['on', 'off'], description: 'How it is.' },
    },
  });
});

it('choices that the message of each answer explains are announced by their names', () => {
  const state = z.enum(['on', 'off']).describe('How it is.');
  const output = z.object({ state, message: z.string() });
  expect(announcedOutput(output).properties).toEqual({ state: { enum: ['on', 'off'] } });
});

it.each(Object.entries(toolContract()))('%s: each field of the answer is announced', (_, { output }) => {
  const asked = Object.keys(output.shape).filter((name) => !BESIDE.includes(name));
  expect(Object.keys(announcedOutput(output).properties as object)).toEqual(asked);
});

it.each(Object.entries(toolContract()))(
  '%s: MCP assumes of its hints what is not announced',
  (_, { hints }) => {
    const assumed = hints.readOnlyHint
      ? { destructiveHint: false, idempotentHint: true }
      : { readOnlyHint: false, destructiveHint: true, idempotentHint: false };
    expect({ ...assumed, ...announcedHints(hints) }).toEqual(hints);
  },
);
