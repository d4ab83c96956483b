import { InvalidInputError } from '@hybrid-sync/sync-core';
import { z } from 'zod';

/** How an argument is written in a query. */
type Form = 'number' | 'boolean' | 'list' | 'text';

/** The forms of the arguments that a query may hold, by their names. */
export type QueryForms = ReadonlyMap<string, Form>;

/** A number as a query may write it, where + stands for a blank if it is not escaped; no hexadecimal. */
const NUMBER = /^[-+ ]?\d+(\.\d+)?(e[-+ ]?\d+)?$/i;

/** The forms of the arguments that a query may hold, by their schemas. */
export function queryForms(input: z.ZodObject, names: readonly string[]): QueryForms {
  return new Map(names.map((name) => [name, formOf(input.shape[name])]));
}

/**
 * The arguments in the query of a URL, as the tools take them. What has no form, or does not fit it, is passed on as
 * text, for the tool's schema to refuse by name. Takes time in proportion to the query.
 * @throws InvalidInputError for a query that is not well percent-encoded, or a second value of what is no list
 */
export function queryArguments(url: string, forms: QueryForms): Map<string, unknown> {
  const given = new Map<string, unknown>();
  const lists = new Map<string, string[]>();
  const at = url.indexOf('?');
  for (const part of at === -1 ? [] : url.slice(at + 1).split('&')) {
    if (part === '') continue;
    const end = part.indexOf('=');
    const name = decoded(end === -1 ? part : part.slice(0, end));
    const value = end === -1 ? '' : decoded(part.slice(end + 1));
    const form = forms.get(name);
    const list = lists.get(name);
    if (list !== undefined) list.push(value);
    else if (given.has(name)) throw new InvalidInputError(name, 'may stand in the query once');
    else if (form === 'list') {
      lists.set(name, [value]);
      given.set(name, lists.get(name));
    } else given.set(name, valueIn(value, form));
    // One that no argument has is refused for it; what else there is need not be looked at.
    if (form === undefined) break;
  }
  return given;
}

function valueIn(text: string, form: Form | undefined): unknown {
  if (form === 'number' && NUMBER.test(text)) return Number(text.replaceAll(' ', '+'));
  if (form === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
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
  if (types.includes('boolean')) return 'boolean';
  return types.includes('integer') || types.includes('number') ? 'number' : 'text';
}

/** The types that a JSON Schema allows: of an optional argument, its own and null. */
function typesIn(schema: { type?: unknown; anyOf?: unknown }): unknown[] {
  const alternatives = Array.isArray(schema.anyOf) ? schema.anyOf : [];
  return [schema.type, ...alternatives.flatMap(typesIn)].flat();
}
