import { createToken } from '@hybrid-sync/access-tokens';
import { httpServer } from '@hybrid-sync/service-host';
import { loadSettings, Pod } from '@hybrid-sync/sync-core';
import { type ToolName, toolContract } from '@hybrid-sync/tool-contract';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';
import getPort from 'get-port';
import type { OpenAPIV3_1 } from 'openapi-types';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type HttpAnswer, send } from '../testing/http-request.js';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { operationRequest } from '../testing/operation-request.js';
import { rawRequest } from '../testing/raw-request.js';
import { TOOL_CALLS } from '../testing/tool-calls.js';
import type { Tool } from '../tools/tool.js';
import { toolRegistry } from '../tools/tool-registry.js';
import { openApiDocument } from './openapi.js';
import { toolRoutes } from './tool-routes.js';

const READER = createToken({ name: 'reader', role: 'read' });
const ADMIN = createToken({ name: 'boss', role: 'admin' });
const bearer = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` });
const SMALL = { MAX_KEY_BYTES: '64', MAX_VALUE_BYTES: '1000', REQUEST_TIMEOUT_MS: '300' };
/** More than the largest body within these limits. */
const TOO_MUCH = 100_000;
const log = pino({ level: 'silent' });

/** A server with the tools' routes over any pod, open to this machine. */
async function serverOver(pod: Pod, tools = toolRegistry(pod)): Promise<FastifyInstance> {
  const { settings } = loadSettings({ env: {} });
  const app = httpServer({ settings, boundTo: '127.0.0.1', bodyLimit: 1000, tokens: undefined, log });
  await app.register(toolRoutes, { tools });
  return app;
}

/** Tools that fail in a way no one has thought of. */
function brokenTools(): ReadonlyMap<string, Tool> {
  const call = () => Promise.reject(new TypeError('a secret of the code'));
  return new Map([...toolRegistry(brokenPod())].map(([name, tool]) => [name, { ...tool, call }]));
}

/** A pod that fails like that, once its routes are made. */
function brokenPod(): Pod {
  const { settings } = loadSettings({ env: {} });
  let asked = 0;
  const pod = {
    get settings() {
      // The contracts of the registry and of the routes are made of them.
      if (++asked > 2) throw new TypeError('a secret of the code');
      return settings;
    },
  };
  return pod as unknown as Pod;
}

const owned: (() => Promise<void>)[] = [];
let api: InProcessApi;
let port: number;
let limited: InProcessApi;
let broken: FastifyInstance;
let away: FastifyInstance;
let check: ReturnType<typeof checkerOf>;
beforeAll(async () => {
  api = await startInProcessApi({ ...SMALL, API_TOKENS: `${READER.entry} ${ADMIN.entry}` });
  owned.push(() => api.stop());
  port = Number(new URL(await api.app.listen({ host: '127.0.0.1', port: 0 })).port);
  limited = await startInProcessApi({ RATE_LIMIT_PER_MINUTE: '1' });
  owned.push(() => limited.stop());
  await send(limited.app, { url: '/sync/settings' });
  broken = await serverOver(brokenPod(), brokenTools());
  const nowhere = `127.0.0.1:${await getPort()}`;
  const lonely = new Pod(
    loadSettings({
      env: {
        REDIS_URL: `redis://${nowhere}`,
        MONGODB_URL: `mongodb://${nowhere}/none`,
        MONGODB_TIMEOUT_MS: '100',
      },
    }),
    log,
  );
  away = await serverOver(lonely);
  owned.push(() => lonely.stop());
  check = checkerOf(await fetchDocument());
});
afterAll(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

/** Each operation with each status that it is documented to answer with. */
const CASES = operationsIn(openApiDocument(toolContract(), 'test')).flatMap(({ operationId, responses }) =>
  Object.entries(responses ?? {}).map(
    ([status, response]) =>
      [operationId as ToolName, status, response as OpenAPIV3_1.ResponseObject] as const,
  ),
);

/** Brings an operation to answer with a status. */
const PRODUCE: Record<string, (name: ToolName) => Promise<HttpAnswer>> = {
  200: (name) => asAdmin(name),
  304: (name) => asAdmin(name, { 'if-none-match': '*' }),
  400: (name) => {
    const request = operationRequest(name);
    const url = `${request.url}${request.url.includes('?') ? '&' : '?'}unknown=1`;
    return send(api.app, { ...request, url, headers: bearer(ADMIN) });
  },
  401: (name) => send(api.app, operationRequest(name)),
  403: (name) =>
    toolRole(name) === 'read'
      ? asAdmin(name, { origin: 'https://elsewhere.example' })
      : send(api.app, { ...operationRequest(name), headers: bearer(READER) }),
  404: (name) => send(api.app, { ...operationRequest(name, { key: 'absent' }), headers: bearer(ADMIN) }),
  406: async (name) => {
    await asAdmin('kv_set');
    return send(api.app, { ...operationRequest(name), headers: { ...bearer(ADMIN), accept: 'image/png' } });
  },
  408: async (name) => {
    // They wait for the same time, so they do it together.
    if (unended.size === 0) {
      for (const [each, status] of CASES) if (status === '408') unended.set(each, withoutEnd(each));
    }
    return unended.get(name) ?? withoutEnd(name);
  },
  409: (name) => {
    const missing = name === 'hybrid_sync_manual' || name === 'hybrid_sync_adaptive';
    const late = operationRequest(
      name,
      missing ? { key: 'not-cached' } : { ...TOOL_CALLS[name], ifRevision: 999_999 },
    );
    return send(api.app, { ...late, headers: bearer(ADMIN) });
  },
  412: (name) => asAdmin(name, { 'if-match': '"1"' }),
  413: (name) =>
    send(api.app, { ...operationRequest(name), headers: bearer(ADMIN), body: 'x'.repeat(TOO_MUCH) }),
  415: (name) => asAdmin(name, { 'content-encoding': 'compress' }),
  429: untilLimited,
  500: (name) => send(broken, operationRequest(name)),
  503: (name) => send(away, operationRequest(name)),
};

const unended = new Map<ToolName, Promise<HttpAnswer>>();

/** A request whose body does not end. */
async function withoutEnd(name: ToolName): Promise<HttpAnswer> {
  const { method, url } = operationRequest(name);
  const headers = { ...bearer(ADMIN), 'Content-Length': '50' };
  const { body, ...answer } = await rawRequest(port, { method, path: url, headers, body: '{' });
  return { ...answer, body: JSON.parse(body) };
}

/** A request whose count takes too long goes through, as one does on a busy machine; another is limited. */
function untilLimited(name: ToolName): Promise<HttpAnswer> {
  return vi.waitFor(async () => {
    const answer = await send(limited.app, operationRequest(name));
    expect(answer.status).toBe(429);
    return answer;
  }, 10_000);
}

function asAdmin(name: ToolName, headers: Record<string, string> = {}): Promise<HttpAnswer> {
  return send(api.app, { ...operationRequest(name), headers: { ...bearer(ADMIN), ...headers } });
}

const toolRole = (name: ToolName) => toolRegistry(api.pod).get(name)?.role;

/** The document, as anyone gets it. */
async function fetchDocument(): Promise<OpenAPIV3_1.Document> {
  return (await send(api.app, { url: '/openapi.json' })).body;
}

/** The operations of a document. */
function operationsIn({ paths = {} }: OpenAPIV3_1.Document): OpenAPIV3_1.OperationObject[] {
  const methods = ['get', 'put', 'patch', 'post', 'delete'] as const;
  return Object.values(paths).flatMap((item) => methods.flatMap((method) => item?.[method] ?? []));
}

/** Checks values by the schemas of a document. */
function checkerOf(document: OpenAPIV3_1.Document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ ...document, $id: 'document' } as object);
  return (reference: string, value: unknown) => {
    const fits = ajv.getSchema(`document${reference}`);
    if (fits === undefined) throw new Error(`the document has no ${reference}`);
    return fits(value) ? [] : fits.errors;
  };
}

it('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate((await fetchDocument()) as Record<string, unknown>);
  expect(errors).toBeUndefined();
  expect([valid, validator.version]).toEqual([true, '3.1']);
});

it('the document has every tool, with its words, its arguments where they go, and its role', async () => {
  const document = await fetchDocument();
  const operations = operationsIn(document);
  const tools = [...toolRegistry(api.pod).values()];
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
    tools.map(({ name }) => name).sort(),
  );
  for (const { name, title, description, role, input } of tools) {
    const operation = operations.find(({ operationId }) => operationId === name);
    expect(operation).toMatchObject({ summary: title });
    expect(operation?.description).toContain(description);
    expect(operation?.description).toContain(`role \`${role}\``);
    const inBody = Object.keys(document.components?.schemas?.[`${name}_body`]?.properties ?? {});
    const parameters = (operation?.parameters ?? []).flatMap((each) => ('name' in each ? [each.name] : []));
    const conditions = parameters.includes('If-Match') ? ['ifVersion', 'ifAbsent'] : [];
    const preference = parameters.includes('Prefer') ? ['answer'] : [];
    expect([...inBody, ...parameters, ...conditions, ...preference]).toEqual(
      expect.arrayContaining(Object.keys(input.shape)),
    );
  }
});

describe('every answer that is documented can be had, and is as documented', () => {
  it('which are more than a hundred', () => {
    expect(CASES.length).toBeGreaterThan(100);
  });

  it.each(CASES)('%s: %s', async (name, status, response) => {
    await send(api.app, { method: 'PUT', url: '/kv/k', body: { value: 'before' }, headers: bearer(ADMIN) });
    const answer = await PRODUCE[status]?.(name);
    expect(answer?.status).toBe(Number(status));
    for (const header of Object.keys(response.headers ?? {})) {
      expect(answer?.headers, header).toHaveProperty(header.toLowerCase());
    }
    const [content] = Object.entries(response.content ?? {});
    if (content === undefined) {
      expect(answer?.body).toBe('');
      return;
    }
    const [type, { schema, example }] = content;
    expect(String(answer?.headers['content-type'])).toMatch(type);
    expect(check((schema as OpenAPIV3_1.ReferenceObject).$ref, answer?.body)).toEqual([]);
    expect(check((schema as OpenAPIV3_1.ReferenceObject).$ref, example)).toEqual([]);
    if (status === '200') {
      const { body } = operationRequest(name);
      if (body !== undefined) expect(check(`#/components/schemas/${name}_body`, body)).toEqual([]);
    } else {
      const { code, status: said } = answer?.body ?? {};
      // Of what is away there are three; the example is of one.
      expect(example).toMatchObject({ status: Number(status), ...(status === '503' ? {} : { code }) });
      expect(said).toBe(Number(status));
      expect(Object.keys(example).sort()).toEqual(Object.keys(answer?.body ?? {}).sort());
    }
  });
});
