import { PlainBody, takeAnyBodies } from '@hybrid-sync/service-host';
import { InvalidInputError } from '@hybrid-sync/sync-core';
import {
  type ArgumentPlaces,
  DEFAULT_LIMITS,
  type Limits,
  OPERATIONS,
  type Operation,
  placesOf,
  type ToolName,
  takesBody,
} from '@hybrid-sync/tool-contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Tool } from '../tools/tool.js';
import { typedValueOf } from '../tools/typed-value.js';
import type { WriteLog } from '../write-log.js';
import { bodyLimitFor } from './body-limits.js';
import { callerGone } from './caller-gone.js';
import { preconditionOf } from './conditions.js';
import { answerWithTag } from './pair-answer.js';
import { checkPathKey } from './path-key.js';
import { answerAsAccepted, varyByAccept } from './plain-value.js';
import { APPLIED, prefersAsync } from './preference.js';
import { type QueryForms, queryArguments, queryForms } from './query.js';

/** What a handler is given of a request: the tool's arguments, not yet checked. */
type Gather = (request: FastifyRequest) => Record<string, unknown>;

/** What the routes need. */
export interface ToolRouteOptions {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly writes?: WriteLog;
  /** How long keys and values may be; the defaults unless said. */
  readonly limits?: Limits;
}

/** Every tool over plain HTTP, at its place in {@link OPERATIONS}. */
export async function toolRoutes(
  app: FastifyInstance,
  { tools, writes, limits = DEFAULT_LIMITS }: ToolRouteOptions,
): Promise<void> {
  for (const [name, operation] of Object.entries(OPERATIONS) as [ToolName, Operation][]) {
    const tool = tools.get(name);
    if (tool === undefined) throw new Error(`the registry lacks ${name}`);
    const gather = gathererOf(operation, tool);
    await app.register(async (scope) => {
      const takesPlain = operation.plain && takesBody(operation);
      const givesPlain = operation.plain && !takesBody(operation);
      if (takesPlain) takeAnyBodies(scope);
      scope.route({
        method: operation.method,
        url: operation.path.replace('{key}', '*'),
        config: { access: tool.role },
        bodyLimit: bodyLimitFor(tool.input, limits),
        handler: async (request, reply) => {
          const args = gather(request);
          const precondition = operation.conditional ? preconditionOf(request.headers) : undefined;
          const terms = { by: request.caller.name, gone: callerGone(reply), precondition };
          const answer = await tool.call(args, terms);
          if (args.answer !== undefined) reply.header(...APPLIED);
          writes?.answered(request.id, name, answer);
          if (!operation.conditional) return answer;
          if (givesPlain) varyByAccept(reply);
          const told = answerWithTag(answer, operation.method, precondition, reply);
          return givesPlain && told === answer ? answerAsAccepted(answer, request, reply) : told;
        },
      });
    });
  }
}

/** Gathers a tool's arguments from wherever its operation has them. */
function gathererOf(operation: Operation, tool: Tool): Gather {
  const places = placesOf(operation, Object.keys(tool.input.shape));
  const forms = queryForms(tool.input, places.query);
  const besidePlain = queryForms(tool.input, places.besidePlain);
  const prefix = operation.path.replace('{key}', '');
  const withBody = takesBody(operation);
  const withKey = places.path.length > 0;
  const withPreference = places.headers.includes('answer');
  const elsewhere = faultsOfPlace(places);
  const inQuery = (url: string, mayStand: QueryForms): object => {
    const query = queryArguments(url, mayStand);
    for (const name of query.keys()) {
      if (places.body.includes(name) && !mayStand.has(name)) {
        throw new InvalidInputError(name, 'belongs in the body');
      }
    }
    return Object.fromEntries(query);
  };
  return (request) => {
    const { body, url } = request;
    const plain = body instanceof PlainBody ? typedValueOf(body.contentType, body.bytes) : undefined;
    const own = plain === undefined ? bodyOf(body, withBody) : { ...plain };
    // Most have no query: there is one for each write.
    const args = url.includes('?')
      ? { ...inQuery(url, plain === undefined ? forms : besidePlain), ...own }
      : own;
    for (const name of Object.keys(args)) {
      const fault = elsewhere.get(name);
      if (fault !== undefined) throw new InvalidInputError(name, fault);
    }
    if (withPreference && prefersAsync(request.headers.prefer)) args.answer = 'journaled';
    if (withKey) {
      checkPathKey(url, prefix);
      args.key = (request.params as { '*': string })['*'];
    }
    return args;
  };
}

/** What is wrong with arguments that stand in a query or a body, by their names. */
function faultsOfPlace({ path, headers }: ArgumentPlaces): ReadonlyMap<string, string> {
  return new Map([
    ...path.map((name) => [name, 'belongs in the path'] as const),
    ...headers.map((name) => {
      const header = name === 'answer' ? 'Prefer: respond-async' : 'If-Match or If-None-Match';
      return [name, `is ${header} here`] as const;
    }),
  ]);
}

function bodyOf(body: unknown, taken: boolean): Record<string, unknown> {
  if (body === undefined) return {};
  if (!taken) throw new InvalidInputError('body', 'is not taken here');
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new InvalidInputError('body', 'must be a JSON object');
  }
  return body as Record<string, unknown>;
}
