import { z } from 'zod';
import { InvalidInputError } from '../errors.js';

/**
 * How far a verification has come: it goes through the shadows in the order of their keys, behind `after`, then through
 * the names of the pairs by SCAN.
 */
export type VerifyPosition =
  | { readonly phase: 'shadows'; readonly after?: string | undefined }
  | { readonly phase: 'pairs'; readonly scan: string };

const position = z.union([
  z.strictObject({ phase: z.literal('shadows'), after: z.string().optional(), prefix: z.string() }),
  z.strictObject({ phase: z.literal('pairs'), scan: z.string(), prefix: z.string() }),
]);

/** A position as callers get and give it: text that says nothing to them. */
export function encodeCursor<Position extends object>(at: Position, prefix: string): string {
  return Buffer.from(JSON.stringify({ ...at, prefix })).toString('base64url');
}

/** @throws InvalidInputError when it is no cursor of such a call, or one of another prefix */
export function decodeCursor<Position extends { prefix: string }>(
  cursor: string,
  prefix: string,
  schema: z.ZodType<Position>,
): Position {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    parsed = undefined;
  }
  const checked = schema.safeParse(parsed);
  if (!checked.success) throw new InvalidInputError('cursor', 'must be one that a call like this answered');
  if (checked.data.prefix !== prefix) throw new InvalidInputError('cursor', 'is of another prefix');
  return checked.data;
}

/** Where a verification starts or goes on. @throws InvalidInputError */
export function verifyPosition(cursor: string | undefined, prefix: string): VerifyPosition {
  return cursor === undefined ? { phase: 'shadows' } : decodeCursor(cursor, prefix, position);
}
