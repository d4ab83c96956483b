import { z } from 'zod';

/** A JSON Schema of an object, as `tools/list` carries it. */
export interface AnnouncedSchema {
  [keyword: string]: unknown;
  readonly type: 'object';
}
type Schema = Record<string, unknown>;

/** What a tool takes, with every bound and description; each thing is said once. */
export function announcedInput(input: z.ZodObject): AnnouncedSchema {
  return { ...plain(z.toJSONSchema(input, { io: 'input' })), type: 'object' };
}

/**
 * What a tool answers: the name, type and meaning of each field at the top. What is inside a field, and the form of its
 * text, a caller sees in the answer itself, and in full in the OpenAPI document. Every answer that fits the tool's own
 * schema fits this one, so a client that compares them never finds a difference.
 */
export function announcedOutput(output: z.ZodObject): AnnouncedSchema {
  const { properties = {} } = z.toJSONSchema(output, { io: 'output' });
  return { type: 'object', properties: mapped(properties, atTheTop) };
}

const mapped = (schemas: Schema, one: (schema: Schema) => Schema): Schema =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, one(schema as Schema)]));

/** What may be null is said as a type, and described once. */
function plain(schema: Schema): Schema {
  const { properties, ...rest } = nullableAsType(schema);
  return properties === undefined ? rest : { ...rest, properties: mapped(properties as Schema, plain) };
}

function atTheTop(schema: Schema): Schema {
  const { type, enum: values, description } = nullableAsType(schema);
  return {
    ...(type === undefined ? {} : { type }),
    ...(values === undefined ? {} : { enum: values }),
    ...(description === undefined ? {} : { description }),
  };
}

/** `anyOf` of one schema and null as that schema with two types, which says the same in fewer words. */
function nullableAsType(schema: Schema): Schema {
  const { anyOf, ...outer } = schema;
  const branches = (anyOf ?? []) as readonly Schema[];
  const [inner, ...others] = branches.filter(({ type }) => type !== 'null');
  const nullable = others.length === 0 && branches.length === 2 && inner?.enum === undefined;
  if (!nullable || typeof inner?.type !== 'string') return schema;
  return { ...inner, ...outer, type: [inner.type, 'null'] };
}
