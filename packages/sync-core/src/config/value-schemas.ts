import { inPlainWords } from '@hybrid-sync/input-faults';
import { z } from 'zod';
import { UrlFaultError } from './url-fault.js';

/** A whole number between two bounds, given as a number or, in the environment, as digits. */
export const whole = (min: number, max: number) =>
  z.preprocess(
    (raw) => (typeof raw === 'string' && /^-?\d+$/.test(raw.trim()) ? Number(raw) : raw),
    z.int().min(min).max(max),
  );

/** A share above 0 and up to 1. */
export const fraction = z.preprocess(
  (raw) => (typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw),
  z.number().gt(0).max(1),
);

/** Yes or no, given as such or as text. */
export const flag = z.preprocess(
  (raw) => (raw === 'true' ? true : raw === 'false' ? false : raw),
  z.boolean('must be true or false'),
);

/** Most parts of a list. */
const MOST_PARTS = 1000;

/** Up to a thousand texts of one form: a list in YAML, or one text with commas or spaces between them. */
export const list = (form: RegExp, meaning: string) =>
  z.preprocess(
    (raw) => (typeof raw === 'string' ? raw.split(/[\s,]+/).filter((part) => part !== '') : raw),
    z.array(z.string().regex(form, `must be ${meaning}`)).max(MOST_PARTS),
  );

/** A URL of one of these schemes. */
export const url = (...schemes: string[]) =>
  z.string().refine((text) => schemes.some((scheme) => text.startsWith(`${scheme}://`)), {
    message: `must start with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  });

/** An address that HTTP is spoken at; user and password, where it has them, are encoded as they should be. */
export const httpUrl = url('http', 'https').refine(
  (text) => isReadable(text),
  'must be a whole, well-encoded URL',
);

function isReadable(text: string): boolean {
  try {
    const { username, password, hostname } = new URL(text);
    decodeURIComponent(`${username}:${password}`);
    return hostname !== '';
  } catch {
    return false;
  }
}

/** A connection URL that this parser takes; what it refuses with a {@link UrlFaultError} is said in its words. */
export const connectionUrl = (parse: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof UrlFaultError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });

/** A value as its schema reads it, or what is wrong with it; what is wrong with many parts of it is said once. */
export function readValue(
  schema: z.ZodType,
  value: unknown,
): { readonly value: unknown; readonly fault?: undefined } | { readonly fault: string } {
  const { success, data, error } = schema.safeParse(value, { error: inPlainWords });
  if (success) return { value: data };
  return { fault: [...new Set(error.issues.map((issue) => issue.message))].join('; ') };
}
