import type { ArgumentKind, ArgumentSpec } from './argument-spec.js';

/** A number as JSON writes it: neither NaN nor Infinity, 0x10, +1, 1_000 or a space. */
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** A text that is no value of its kind; the message does not repeat it. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

/** Reads a value from the text that stands for it. @throws ValueError */
export function valueOfText(text: string, kind: ArgumentKind): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'integer':
    case 'number':
      return readNumber(text, kind);
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw new ValueError('must be true or false');
      return text === 'true';
    default:
      return readJson(text, 'must be JSON');
  }
}

/** Reads the elements of a list: `a,b`, or a JSON array where the text begins with a bracket. @throws ValueError */
export function readList(text: string, { element = 'text', singular }: ArgumentSpec): unknown[] {
  if (text.trimStart().startsWith('[')) {
    const single = singular === undefined ? '' : `; for an element that begins with "[" use ${singular}=[...`;
    const list = readJson(text, `begins with "[" but is not JSON${single}`);
    return Array.isArray(list) ? list : [list];
  }
  return text.split(',').map((part) => valueOfText(part, element));
}

function readNumber(text: string, kind: 'integer' | 'number'): number {
  const value = JSON_NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) {
    throw new ValueError(`must be a ${kind === 'integer' ? 'whole number' : 'number'}`);
  }
  return value;
}

function readJson(text: string, otherwise: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ValueError(otherwise);
  }
}
