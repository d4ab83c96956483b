import { z } from 'zod';

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

/** true or false; in the environment also 1 or 0. */
export const flag = z.preprocess(
  (raw) => (raw === 'true' || raw === '1' ? true : raw === 'false' || raw === '0' ? false : raw),
  z.boolean(),
);

/** A URL of one of these schemes. */
export const url = (...schemes: string[]) =>
  z.string().refine((text) => schemes.some((scheme) => text.startsWith(`${scheme}://`)), {
    message: `must start with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  });
