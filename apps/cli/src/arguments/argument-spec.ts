import { z } from 'zod';

/** How a value is read from text. `list`: elements of one of the others; `json`: any other shape. */
export type ArgumentKind = 'text' | 'integer' | 'number' | 'boolean' | 'list' | 'json';

/** One argument of a tool, as the command line takes it. */
export interface ArgumentSpec {
  readonly name: string;
  readonly kind: ArgumentKind;
  /** Of a list: how its elements are read. */
  readonly element?: ArgumentKind;
  /** Of a list: the name that gives one element. */
  readonly singular?: string;
  readonly required: boolean;
  readonly description: string;
  /** What holds unless it is given, where the schema says so. */
  readonly default?: unknown;
  /** The only values, where there are few. */
  readonly choices?: readonly string[];
}

/** As much of JSON Schema as tools use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
}

/** The arguments of a tool, in the order of its schema. */
export function argumentSpecs(input: z.ZodObject): ArgumentSpec[] {
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'input' });
  return Object.entries(properties).map(([name, given]) => {
    const property = given as Schema;
    const schema = withoutNull(property);
    const kind = kindOf(schema);
    return {
      name,
      kind,
      ...(kind === 'list' ? listOf(name, schema.items ?? {}, properties) : {}),
      required: required.includes(name),
      description: property.description ?? '',
      ...(property.default === undefined ? {} : { default: property.default }),
      ...(schema.enum === undefined ? {} : { choices: schema.enum.map(String) }),
    };
  });
}

/** Null stands for an argument that is not given, so what is left says how to read one that is. */
function withoutNull(schema: Schema): Schema {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type: string) => type !== 'null');
    return { ...schema, type: types.length === 1 ? types[0] : types };
  }
  const others = schema.anyOf?.filter(({ type }) => type !== 'null');
  return others?.length === 1 && others[0] !== undefined ? withoutNull(others[0]) : schema;
}

function kindOf({ type, items }: Schema): ArgumentKind {
  switch (type) {
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
    case 'boolean':
      return type;
    case 'array':
      return items === undefined ? 'json' : 'list';
    default:
      return 'json';
  }
}

function listOf(name: string, items: Schema, others: object): Pick<ArgumentSpec, 'element' | 'singular'> {
  const singular = name.replace(/s$/, '');
  return {
    element: kindOf(withoutNull(items)),
    ...(singular === name || Object.hasOwn(others, singular) ? {} : { singular }),
  };
}
