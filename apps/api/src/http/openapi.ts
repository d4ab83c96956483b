import { STATUS_OF } from '@hybrid-sync/service-host';
import {
  type ArgumentPlaces,
  OPERATIONS,
  type Operation,
  placesOf,
  requestOf,
  type ToolContract,
  type ToolName,
} from '@hybrid-sync/tool-contract';
import type { OpenAPIV3, OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import { TOOL_EXAMPLES } from './examples/tool-examples.js';
import { responsesOf } from './openapi-responses.js';

/** A JSON Schema, as OpenAPI 3.1 takes it. */
type Schema = OpenAPIV3_1.SchemaObject;

/** The body of every error. */
const problem = z.object({
  type: z.string().describe('urn:hybrid-sync:error: and the code.'),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('What is wrong, and what helps.'),
  // Object.keys forgets the type of the keys it is given.
  code: z.enum(Object.keys(STATUS_OF) as [keyof typeof STATUS_OF]),
  field: z.string().optional().describe('The argument, header or part of the request at fault.'),
  version: z
    .int()
    .nullable()
    .optional()
    .describe('After a condition that did not hold: the version that the cache has, null for no such key.'),
  shadow: z
    .object({
      state: z.enum(['live', 'expired', 'deleted', 'none']).describe('Expired and deleted count as absent.'),
      version: z.int().optional().describe('Absent for none.'),
    })
    .optional()
    .describe('After a sync of a key that the cache does not hold: what the shadow store says of it.'),
  revision: z.int().optional().describe('After a change of settings that came too late: their revision now.'),
});

/**
 * The OpenAPI 3.1 document of the HTTP routes, made of the tools' own schemas. `version`: of the package. `needsTokens`:
 * whether callers need one; a proxy that validates would refuse every request for lack of it.
 */
export function openApiDocument(
  contract: ToolContract,
  version: string,
  needsTokens = true,
): OpenAPIV3_1.Document {
  const schemas: Record<string, Schema> = { problem: jsonSchema(problem, 'output') };
  const paths: Record<string, OpenAPIV3_1.PathItemObject> = {};
  for (const [name, operation] of Object.entries(OPERATIONS) as [ToolName, Operation][]) {
    const terms = contract[name];
    const places = placesOf(operation, Object.keys(terms.input.shape));
    schemas[`${name}_result`] = jsonSchema(terms.output, 'output');
    if (places.body.length > 0) schemas[`${name}_body`] = bodySchema(terms.input, places);
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: {
        operationId: name,
        tags: [operation.tag],
        summary: terms.title,
        description: `${terms.description}\n\nNeeds the role \`${terms.role}\`.`,
        parameters: parametersOf(name, operation, terms.input, places),
        ...(places.body.length === 0 ? {} : { requestBody: requestBodyOf(name, operation, schemas) }),
        responses: responsesOf(name, operation),
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Hybrid cache synchronization',
      version,
      description:
        'Pairs in Redis, mirrored to MongoDB. Every operation is also a tool over MCP. Without tokens only this machine may call, and needs none.',
    },
    // Beside the document, wherever a proxy puts that.
    servers: [{ url: './' }],
    security: needsTokens ? [{ token: [] }] : [],
    tags: [
      { name: 'pairs', description: 'Reading and writing pairs.' },
      { name: 'sync', description: 'How syncing goes, and syncing by hand.' },
    ],
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'See docs/operations.md.' } },
    },
  };
}

function parametersOf(
  name: ToolName,
  { conditional, method }: Operation,
  input: z.ZodObject,
  places: ArgumentPlaces,
): OpenAPIV3_1.ParameterObject[] {
  const properties = jsonSchema(input, 'input').properties ?? {};
  const examples = new Map(Object.entries(TOOL_EXAMPLES[name].arguments));
  const parameter = (
    name: string,
    place: 'path' | 'query',
    shown = examples.has(name),
  ): OpenAPIV3_1.ParameterObject => {
    const { description, ...rest } = withoutNull(properties[name] as Schema);
    const required = place === 'path' || !input.shape[name]?.safeParse(undefined).success;
    // The types have a parameter's schema as in OpenAPI 3.0; since 3.1 it is any JSON Schema.
    const schema = rest as OpenAPIV3.SchemaObject;
    return {
      name,
      in: place,
      required,
      ...(description ? { description } : {}),
      schema,
      ...(shown ? { example: examples.get(name) } : {}),
    };
  };
  return [
    ...places.path.map((name) => parameter(name, 'path')),
    ...places.query.map((name) => parameter(name, 'query')),
    // The example's body is JSON.
    ...places.besidePlain.map((name) => parameter(name, 'query', false)),
    ...(conditional ? conditionHeaders(method === 'GET') : []),
    ...(places.headers.includes('answer') ? [PREFER] : []),
  ];
}

const PREFER: OpenAPIV3_1.ParameterObject = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description:
    'With `respond-async`: answered as `JOURNALED` once the journal has the write, which is synced behind the answer; ' +
    'the answer then has `Preference-Applied`.',
  schema: { type: 'string' },
};

function conditionHeaders(reads: boolean): OpenAPIV3_1.ParameterObject[] {
  const otherwise = reads ? 'otherwise 412.' : 'otherwise 412, and nothing changes.';
  const header = (name: string, description: string): OpenAPIV3_1.ParameterObject => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  return [
    header('If-Match', `Only if the cache has one of these versions, or with * any; ${otherwise}`),
    header(
      'If-None-Match',
      `Only if the cache has none of these versions, or with * no such key; ${reads ? 'otherwise 304.' : otherwise}`,
    ),
  ];
}

function bodySchema(input: z.ZodObject, { body }: ArgumentPlaces): Schema {
  const { properties = {}, required = [], ...rest } = jsonSchema(input, 'input');
  return {
    ...rest,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => body.includes(name))),
    required: required.filter((name) => body.includes(name)),
  };
}

function requestBodyOf(
  name: ToolName,
  { plain }: Operation,
  schemas: Record<string, Schema>,
): OpenAPIV3_1.RequestBodyObject {
  const { required: fields = [], minProperties = 0 } = schemas[`${name}_body`] ?? {};
  const required = fields.length + minProperties > 0;
  const schema = { $ref: `#/components/schemas/${name}_body` };
  const anyType = plain ? { '*/*': { schema: {} } } : {};
  const { body: example = {} } = requestOf(name, TOOL_EXAMPLES[name].arguments);
  return { required, content: { 'application/json': { schema, example }, ...anyType } };
}

/** The JSON Schema of a zod schema, in the dialect that OpenAPI 3.1 has as its own. */
function jsonSchema(schema: z.ZodObject, io: 'input' | 'output'): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest as Schema;
}

/** What an optional argument is when it is there: a query has no null. */
function withoutNull(schema: Schema): Schema {
  const { anyOf, ...rest } = schema;
  const [only, ...others] = anyOf?.filter((each) => !('type' in each && each.type === 'null')) ?? [];
  return only !== undefined && others.length === 0 ? { ...(only as Schema), ...rest } : schema;
}
