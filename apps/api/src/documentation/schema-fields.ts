import type { OpenAPIV3_1 } from 'openapi-types';

/** A JSON Schema, as far as it is read here. */
export type Schema = OpenAPIV3_1.SchemaObject;

/** A field of a body or an answer. */
export interface Field {
  /** With those that it stands in: `pods[].id`. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

/** The fields of an object, each before those in it. Where it is one of several kinds, the fields of all. */
export function schemaFields(schema: Schema, above = ''): Field[] {
  const byName = new Map<string, Field>();
  for (const kind of kindsOf(schema)) {
    for (const [name, value] of Object.entries(kind.properties ?? {})) {
      const full = `${above}${name}`;
      const field = {
        name: full,
        type: typeOf(value),
        required: kind.required?.includes(name) === true,
        description: value.description ?? '',
      };
      const inside = [field, ...schemaFields(value, `${full}.`), ...entriesOf(value, full)];
      for (const each of inside) if (!byName.has(each.name)) byName.set(each.name, each);
    }
  }
  return [...byName.values()];
}

function entriesOf(schema: Schema, name: string): Field[] {
  return kindsOf(schema).flatMap((kind) =>
    'items' in kind && kind.items !== undefined ? schemaFields(kind.items as Schema, `${name}[].`) : [],
  );
}

/** What a value may be; itself where that is one thing. */
function kindsOf(schema: Schema): Schema[] {
  const kinds = schema.anyOf ?? schema.oneOf;
  return kinds === undefined ? [schema] : kinds.flatMap((kind) => kindsOf(kind as Schema));
}

/** What a value is, in a few words. */
export function typeOf(schema: Schema): string {
  const names = kindsOf(schema).flatMap((kind) => {
    const { enum: values, const: only, type } = kind as Schema & { const?: unknown };
    if (values !== undefined) return values.map((value) => JSON.stringify(value));
    if (only !== undefined) return [JSON.stringify(only)];
    if ('items' in kind && kind.items !== undefined) return [`list of ${typeOf(kind.items as Schema)}`];
    return [type ?? 'any'].flat();
  });
  return [...new Set(names)].join(' or ');
}
