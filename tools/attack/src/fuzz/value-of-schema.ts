import fc, { type Arbitrary } from 'fast-check';
import type { OpenAPIV3_1 } from 'openapi-types';

/** A JSON Schema, as far as values are made of it. */
export type Schema = OpenAPIV3_1.SchemaObject & { readonly const?: unknown };

/** Names that stand for a time in milliseconds, which a request would take. */
const TAKES_TIME = /Ms$/;
const MOST_MS = 20;
/** Largest number made where the schema names none. */
const LARGE = 2 ** 53;

/** Values that fit a schema, mostly; one in five is any JSON. `name`: of the field that it is for. */
export function madeValue(schema: Schema, name = ''): Arbitrary<unknown> {
  return fc.oneof(
    { weight: 4, arbitrary: fittingValue(schema, name) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
}

function fittingValue(schema: Schema, name: string): Arbitrary<unknown> {
  const kinds = schema.anyOf ?? schema.oneOf;
  if (kinds !== undefined) return fc.oneof(...kinds.map((kind) => fittingValue(kind as Schema, name)));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  return fc.oneof(...[schema.type ?? 'string'].flat().map((type) => ofType(type, schema, name)));
}

function ofType(type: string, schema: Schema, name: string): Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number': {
      const most = TAKES_TIME.test(name) ? MOST_MS : Math.min(schema.maximum ?? LARGE, LARGE);
      return fc.oneof(
        fc.integer({ min: Math.min(Math.ceil(schema.minimum ?? 0), most), max: most }),
        fc.constantFrom(-1, 0.5, most),
      );
    }
    case 'array': {
      const { items = {} } = schema as { items?: Schema };
      return fc.array(madeValue(items), { maxLength: 5 });
    }
    case 'object':
      return objectOf(schema);
    default:
      return fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('k', 'user:42', ''));
  }
}

function objectOf({ properties = {}, additionalProperties }: Schema): Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, madeValue(schema as Schema, name)]),
  );
  const named = fc.record(fields, { requiredKeys: [] });
  if (typeof additionalProperties !== 'object') return named;
  return fc.dictionary(fc.string({ maxLength: 40 }), madeValue(additionalProperties as Schema), {
    maxKeys: 3,
  });
}
