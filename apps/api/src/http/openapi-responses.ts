import { STATUS_CODES } from 'node:http';
import { type Operation, type ToolName, takesBody } from '@hybrid-sync/tool-contract';
import type { OpenAPIV3_1 } from 'openapi-types';
import { problemExample } from './examples/problem-examples.js';
import { TOOL_EXAMPLES } from './examples/tool-examples.js';

type Header = OpenAPIV3_1.HeaderObject;

const ENTITY_TAG: Header = {
  description:
    'The pair\'s version in quotation marks, like "1795438874869653"; of an answer that is packed, how stands behind it: "1795438874869653-br".',
  schema: { type: 'string' },
};
const RETRY_AFTER: Header = {
  description: 'Seconds after which another try makes sense.',
  schema: { type: 'integer' },
};
const CHALLENGE: Header = {
  description: 'What kind of token is needed, and what is wrong with the one given.',
  schema: { type: 'string' },
};

const TAKEN_PACKINGS: Header = {
  description: 'How a body may be packed; there where its `Content-Encoding` is not taken.',
  schema: { type: 'string' },
};

/** What each status of a problem means, and the headers that come with it. */
const PROBLEMS: Record<number, { description: string; headers?: Record<string, Header> }> = {
  400: { description: 'An argument breaks a rule; `field` names it.' },
  401: { description: 'No token, or one that is not accepted.', headers: { 'WWW-Authenticate': CHALLENGE } },
  403: { description: "The token's role may not do this, or a foreign web page calls." },
  404: { description: 'The cache has no such key.' },
  406: { description: "Neither JSON nor the value's own type is among those asked for." },
  408: { description: 'The request took too long to arrive.' },
  409: {
    description:
      'The settings are at another revision, or the cache does not hold the key to sync; nothing changed.',
  },
  412: { description: 'The condition does not hold; nothing changed.', headers: { ETag: ENTITY_TAG } },
  413: { description: 'The body is over the limit.' },
  415: {
    description: 'The body has a type that is not taken, or is packed otherwise than `Accept-Encoding` says.',
    headers: { 'Accept-Encoding': TAKEN_PACKINGS },
  },
  429: { description: 'Too many requests with this token.', headers: { 'Retry-After': RETRY_AFTER } },
  500: { description: "A fault of the service; the api's log says which." },
  503: {
    description:
      'What is needed does not answer now, or the journal is full; nothing changed unless Redis was lost.',
    headers: { 'Retry-After': RETRY_AFTER },
  },
};

/** Every status that an operation can have, and what comes with it. */
export function responsesOf(name: ToolName, operation: Operation): OpenAPIV3_1.ResponsesObject {
  const { conditional, method } = operation;
  const tagged = conditional && method !== 'DELETE' ? { headers: { ETag: ENTITY_TAG } } : {};
  const content = {
    'application/json': {
      schema: { $ref: `#/components/schemas/${name}_result` },
      example: TOOL_EXAMPLES[name].answer,
    },
    ...(givesPlain(operation) ? { '*/*': { schema: {} } } : {}),
  };
  return {
    200: { description: 'Done.', ...tagged, content },
    ...(conditional && method === 'GET'
      ? { 304: { description: 'The caller has this version already.', ...tagged } }
      : {}),
    ...Object.fromEntries(
      problemStatuses(operation).map((status) => [status, problemResponse(status, operation)]),
    ),
  };
}

/** Whether the value alone may be the answer. */
function givesPlain(operation: Operation): boolean {
  return operation.plain === true && !takesBody(operation);
}

function problemStatuses(operation: Operation): number[] {
  const { conditional, revised, needsPair, answersAnyway } = operation;
  return [
    ...[400, 401, 403],
    ...(givesPlain(operation) ? [404, 406] : []),
    ...(takesBody(operation) ? [408] : []),
    ...(revised || needsPair ? [409] : []),
    ...(conditional ? [412] : []),
    ...(takesBody(operation) ? [413, 415] : []),
    ...[429, 500],
    ...(answersAnyway ? [] : [503]),
  ];
}

function problemResponse(status: number, operation: Operation): OpenAPIV3_1.ResponseObject {
  const schema = { $ref: '#/components/schemas/problem' };
  return {
    description: STATUS_CODES[status] ?? '',
    ...PROBLEMS[status],
    content: { 'application/problem+json': { schema, example: problemExample(status, operation) } },
  };
}
