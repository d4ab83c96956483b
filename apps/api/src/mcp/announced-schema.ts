import type { ToolHints } from '@hybrid-sync/tool-contract';
import { z } from 'zod';

/** A JSON Schema of an object, as `tools/list` carries it. */
export interface AnnouncedSchema {
  [keyword: string]: unknown;
  readonly type: 'object';
}
type Schema = z.core.JSONSchema.BaseSchema;

/** A number above which no caller goes by chance. */
const BEYOND_USE = 1_000_000_000;

/** What answers carry beside what was asked for, or repeat of it. */
const BESIDE = new Set(['success', 'key', 'message', 'timestamp', 'seconds', 'keysPerSecond']);
/** What tells a caller nothing: that what has no name is refused, and the least there is. */
const IMPLIED: Schema = {
  exclusiveMinimum: 0,
  minimum: 0,
  minItems: 1,
  minLength: 1,
  additionalProperties: false,
};

/** What a caller may assume of a tool, without what MCP assumes where nothing is said. */
export function announcedHints(hints: ToolHints): Partial<ToolHints> {
  const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = hints;
  if (readOnlyHint) return { readOnlyHint, openWorldHint };
  return {
    ...(destructiveHint ? {} : { destructiveHint }),
    ...(idempotentHint ? { idempotentHint } : {}),
    openWorldHint,
  };
}

/**
 * What a tool takes: each argument with its meaning, bounds, default and choices. An argument that may be null may be
 * left out, which means the same and is all that is announced of it. The dialect is MCP's own; it is named where a schema
 * has definitions.
 */
export function announcedInput(input: z.ZodObject): AnnouncedSchema {
  const { $schema, ...schema } = z.toJSONSchema(input, { io: 'input', override: makeTerse });
  for (const argument of Object.values(schema.properties ?? {})) joinKinds(argument as Schema);
  // A schema with definitions is one for validators, which take names that are not refused.
  const dialect = schema.$defs === undefined ? {} : { $schema, additionalProperties: false };
  return { ...dialect, ...schema, type: 'object' };
}

/**
 * What a tool answers: the name and type of each field at the top, and the meaning of choices, unless each answer has a
 * message that says it. What is inside a field, and the form of its text, a caller sees in the answer itself, and in full in
 * the OpenAPI document. Every answer that
 * fits the tool's own schema fits this one, so a client that compares them never finds a difference.
 */
export function announcedOutput(output: z.ZodObject): AnnouncedSchema {
  const { properties = {} } = z.toJSONSchema(output, { io: 'output' });
  const fields = Object.entries(properties).filter(([name]) => !BESIDE.has(name));
  const shown = fields.map(([name, schema]) => [name, atTheTop(schema as Schema, 'message' in properties)]);
  return { type: 'object', properties: Object.fromEntries(shown) };
}

/** Takes out of a schema what tells a caller nothing or is told by its description. */
function makeTerse({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: Schema }): void {
  if (zodSchema._zod.def.type === 'optional') withoutNull(jsonSchema);
  const { minimum, maximum, maxItems, description = '' } = jsonSchema;
  delete jsonSchema.pattern;
  // How long names and reasons may be is told to who goes beyond; how long keys and values may be, in words.
  delete jsonSchema.maxLength;
  if (Number(maximum) >= BEYOND_USE) delete jsonSchema.maximum;
  if (maximum === undefined && Number(minimum) <= 1) delete jsonSchema.minimum;
  delete jsonSchema.propertyNames;
  // What choices are of they show.
  if (jsonSchema.enum !== undefined || jsonSchema.const !== undefined) delete jsonSchema.type;
  // As where nothing is said.
  if (jsonSchema.default === false || jsonSchema.default === '') delete jsonSchema.default;
  flatten(jsonSchema);
  for (const keyword of Object.keys(IMPLIED)) {
    if (jsonSchema[keyword] === IMPLIED[keyword]) delete jsonSchema[keyword];
  }
  if (description.includes(` to ${maximum ?? maxItems}`)) {
    for (const keyword of ['minimum', 'maximum', 'minItems', 'maxItems']) delete jsonSchema[keyword];
  }
}

/** Makes one choice of choices within choices. */
function flatten(schema: Schema): void {
  if (schema.anyOf !== undefined) schema.anyOf = schema.anyOf.flatMap((each) => each.anyOf ?? [each]);
}

/**
 * Makes one schema of the kinds that a list's items may be of: they are single writes, and their arguments' meanings and
 * bounds are announced with the tools for these.
 */
function joinKinds({ items }: Schema): void {
  const kinds = (items as Schema | undefined)?.oneOf as Schema[] | undefined;
  if (items === undefined || kinds === undefined) return;
  const properties: Record<string, Schema> = {};
  for (const [name, field] of kinds.flatMap((kind) => Object.entries(kind.properties ?? {}))) {
    const { description: _, default: __, const: only, ...type } = field as Schema;
    const choices =
      only === undefined ? {} : { enum: [...new Set([...(properties[name]?.enum ?? []), only])] };
    properties[name] = { ...type, ...choices };
  }
  const required = Object.keys(properties).filter((name) =>
    kinds.every((kind) => kind.required?.includes(name)),
  );
  Object.assign(items, { type: 'object', properties, required });
  delete (items as Schema).oneOf;
}

function withoutNull(schema: Schema): void {
  const [inner, other] = schema.anyOf ?? [];
  if (other?.type === 'null' && schema.anyOf?.length === 2) {
    delete schema.anyOf;
    Object.assign(schema, { ...inner, ...schema });
  }
  const types: unknown = schema.type;
  if (Array.isArray(types)) Object.assign(schema, { type: types.find((each) => each !== 'null') });
}

/** A field of an answer by its type, and by its meaning where it has choices that no message explains. */
function atTheTop(
  { anyOf = [], type, enum: choices, description }: Schema,
  isExplained: boolean,
): Record<string, unknown> {
  if (choices !== undefined) {
    return { enum: choices, ...(description === undefined || isExplained ? {} : { description }) };
  }
  const [inner, other] = anyOf;
  const orNull = other?.type === 'null' && anyOf.length === 2 && inner?.enum === undefined;
  const types = orNull ? [inner?.type, 'null'] : type;
  return types === undefined ? {} : { type: types };
}
