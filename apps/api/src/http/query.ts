import { InvalidInputError } from '@hybrid-sync/sync-core';
import { z } from 'zod';

/** How an argument is written in a query. */
type Form = 'number' | 'list' | 'text';

/** A number as a query may write it: no exponent, no sign but minus, no hexadecimal, no spaces. */
const NUMBER = /^-?\d+(\.\d+)?$/;

/** The forms of the arguments that a query may hold, by their schemas. */
export function queryForms(input: z.ZodObject, names: readonly string[]): ReadonlyMap<string, Form> {
  return new Map(names.map((name) => [name, formOf(input.shape[name])]));
}

/**
 * The arguments in the query of a URL, as the tools take them. What has no form, or does not fit it, is passed on as
 * text, for the tool's schema to refuse by name.
 * @throws InvalidInputError for a query that is not well percent-encoded, or a second value of what is no list
 */
export function queryArguments(url: string, forms: ReadonlyMap<string, Form>): Map<string, unknown> {
  const given = new Map<string, string[]>();
  const at = url.indexOf('?');
  for (const part of at === -1 ? [] : url.slice(at + 1).split('&')) {
    if (part === '') continue;
    const [name = '', ...value] = part.split('=');
    const key = decoded(name);
    given.set(key, [...(given.get(key) ?? []), decoded(value.join('='))]);
  }
  return new Map([...given].map(([name, values]) => [name, argumentOf(name, values, forms.get(name))]));
}

function argumentOf(name: string, values: string[], form: Form | undefined): unknown {
  if (form === 'list') return values;
  const [value = ''] = values;
  if (values.length > 1) throw new InvalidInputError(name, 'may stand in the query once');
  return form === 'number' && NUMBER.test(value) ? Number(value) : value;
}

function decoded(text: string): string {
  try {
    if (text.includes('#')) throw new URIError();
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new InvalidInputError('query', 'is not well percent-encoded UTF-8');
  }
}

function formOf(schema: unknown): Form {
  const types = typesIn(z.toJSONSchema(schema as z.ZodType, { io: 'input' }));
  if (types.includes('array')) return 'list';
  return types.includes('integer') || types.includes('number') ? 'number' : 'text';
}

/** The types that a JSON Schema allows: of an optional argument, its own and null. */
function typesIn(schema: { type?: unknown; anyOf?: unknown }): unknown[] {
  const alternatives = Array.isArray(schema.anyOf) ? schema.anyOf : [];
  return [schema.type, ...alternatives.flatMap(typesIn)].flat();
}
