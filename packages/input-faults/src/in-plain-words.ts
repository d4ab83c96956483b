import type { z } from 'zod';

/** What a value of a type is called. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  date: 'a date',
  null: 'null',
};
/** What a text of a form is called; of the others the schema has to say what it wants. */
const FORMS: Readonly<Record<string, string>> = {
  datetime: 'a moment like 2026-01-31T12:00:00Z',
  url: 'a URL',
  uuid: 'a UUID',
  base64: 'base64',
};
/** What the parts of a value of a type are called. */
const PARTS: Readonly<Record<string, string>> = { string: 'character', array: 'entry', set: 'entry' };

/**
 * Says what is wrong with a value, where its schema does not say so itself: `schema.safeParse(value, { error: inPlainWords })`.
 * Each message goes on from the name of the field: `limit` "must be at least 1". It never holds the value.
 */
export const inPlainWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values.map(String))}`;
    case 'invalid_format':
      return FORMS[issue.format] === undefined ? undefined : `must be ${FORMS[issue.format]}`;
    case 'too_small':
      return bound(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum, issue.exact);
    case 'too_big':
      return bound(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum, issue.exact);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `${issue.keys.length === 1 ? 'is' : 'are'} not known here`;
    case 'invalid_union':
      return unionFault(issue);
    default:
      return undefined;
  }
};

function oneOf(values: readonly string[]): string {
  const shown = values.map((value) => (value === '' ? 'empty' : value));
  return shown.length === 1 ? String(shown[0]) : `one of ${shown.join(', ')}`;
}

function bound(origin: string, relation: string, limit: number | bigint, exact: boolean | undefined): string {
  const part = PARTS[origin];
  if (part === undefined) return `must be ${exact ? 'exactly' : relation} ${limit}`;
  if (relation === 'at least' && Number(limit) === 1 && !exact) return 'must not be empty';
  const parts = Number(limit) === 1 ? part : part.replace(/y$/, 'ie').concat('s');
  return `must have ${exact ? 'exactly' : relation} ${limit} ${parts}`;
}

/** A union says what each of its forms wants of the whole value; where none does, the faults lie deeper, and differ. */
function unionFault({ input, errors = [], ...issue }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>) {
  if (input === undefined) return 'is missing';
  if ('options' in issue && Array.isArray(issue.options))
    return `must be ${oneOf(issue.options.map(String))}`;
  const wanted = errors.flatMap(([first]) =>
    first?.path.length === 0 && first.message.startsWith('must be ') ? [first.message.slice(8)] : [],
  );
  return wanted.length === errors.length && wanted.length > 0
    ? `must be ${[...new Set(wanted)].join(' or ')}`
    : 'has none of the forms that are taken';
}
