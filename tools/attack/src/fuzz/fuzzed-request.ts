import { gzipSync } from 'node:zlib';
import fc, { type Arbitrary } from 'fast-check';
import type { OpenAPIV3_1 } from 'openapi-types';
import { madeValue, type Schema } from './value-of-schema.js';

/** A request that was made up, and the operation that it is for. */
export interface FuzzedRequest {
  readonly operationId: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
/** What a header can hold. */
const visible = fc.string({ unit: fc.constantFrom(...'aZ09"*,;=/-_. W'), maxLength: 30 });
const headers = fc.record(
  {
    'if-match': fc.oneof(visible, fc.constantFrom('*', '"1"', 'W/"1"')),
    'if-none-match': fc.oneof(visible, fc.constantFrom('*', '"1"')),
    accept: fc.oneof(visible, fc.constantFrom('*/*', 'application/json', 'image/png')),
    'accept-encoding': fc.oneof(visible, fc.constantFrom('br', 'gzip', '*', 'identity')),
    'x-made-up': visible,
  },
  { requiredKeys: [] },
);

/** Requests for all operations of a document: such as fit it, nearly fit it, and don't. */
export function fuzzedRequests(document: OpenAPIV3_1.Document): Arbitrary<FuzzedRequest> {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  const requests = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item?.[method];
      return operation === undefined ? [] : [requestFor(path, method, operation, schemas)];
    }),
  );
  return fc.oneof(...requests);
}

function requestFor(
  path: string,
  method: string,
  operation: OpenAPIV3_1.OperationObject,
  schemas: Readonly<Record<string, Schema>>,
): Arbitrary<FuzzedRequest> {
  const parameters = (operation.parameters ?? []).flatMap((each) => ('name' in each ? [each] : []));
  const inQuery = parameters.filter((each) => each.in === 'query');
  const query = fc.record(
    Object.fromEntries(inQuery.map(({ name, schema }) => [name, madeValue((schema ?? {}) as Schema, name)])),
    { requiredKeys: [] },
  );
  const key = fc.oneof(
    fc.constantFrom('k', 'user:42'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  );
  const body =
    'requestBody' in operation ? bodyFor(operation, schemas) : fc.constant({ headers: {}, bytes: undefined });
  return fc.record({ key, query, headers, body }).map((made) => ({
    operationId: operation.operationId ?? '',
    method: method.toUpperCase(),
    path: placeOf(path, made.key, made.query),
    headers: { ...made.headers, ...made.body.headers },
    body: made.body.bytes,
  }));
}

function placeOf(path: string, key: string, query: Readonly<Record<string, unknown>>): string {
  const words = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      [value]
        .flat()
        .map((one): [string, string] => [name, typeof one === 'object' ? JSON.stringify(one) : String(one)]),
    ),
  );
  // Half of a surrogate pair can't be percent-encoded.
  const place = path.replace('{key}', encodeURIComponent(key.toWellFormed()));
  return words.size === 0 ? place : `${place}?${words}`;
}

interface FuzzedBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer | undefined;
}

function bodyFor(
  { requestBody }: OpenAPIV3_1.OperationObject,
  schemas: Readonly<Record<string, Schema>>,
): Arbitrary<FuzzedBody> {
  const content = requestBody !== undefined && 'content' in requestBody ? requestBody.content : {};
  const schema = content['application/json']?.schema;
  const name = schema !== undefined && '$ref' in schema ? schema.$ref.split('/').at(-1) : undefined;
  const fitting = madeValue(schemas[name ?? ''] ?? {}).map((value) => Buffer.from(JSON.stringify(value)));
  const bytes = fc.uint8Array({ maxLength: 60 }).map((each) => Buffer.from(each));
  const json = { 'content-type': 'application/json' };
  const typed = fc.record({
    bytes,
    type: fc.constantFrom('application/json', 'text/plain', 'image/png', 'a', 'a=b'),
    packed: fc.boolean(),
  });
  const sorts: readonly [weight: number, Arbitrary<FuzzedBody>][] = [
    [6, fitting.map((each) => ({ headers: json, bytes: each }))],
    [1, fitting.map((each) => ({ headers: { ...json, 'content-encoding': 'gzip' }, bytes: gzipSync(each) }))],
    [
      2,
      typed.map(({ bytes: each, type, packed }) => ({
        headers: { 'content-type': type, ...(packed && { 'content-encoding': 'br' }) },
        bytes: each,
      })),
    ],
    [1, fc.constant({ headers: {}, bytes: undefined })],
  ];
  return fc.oneof(...sorts.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}
