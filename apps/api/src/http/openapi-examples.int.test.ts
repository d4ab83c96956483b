import { MongoClient } from 'mongodb';
import type { OpenAPIV3_1 } from 'openapi-types';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { send, type TestRequest } from '../testing/http-request.js';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { shapeFaults } from '../testing/same-shape.js';

interface Operation extends OpenAPIV3_1.OperationObject {
  readonly parameters?: OpenAPIV3_1.ParameterObject[];
  readonly requestBody?: OpenAPIV3_1.RequestBodyObject;
}

let api: InProcessApi;
let client: MongoClient;
let document: OpenAPIV3_1.Document;
beforeAll(async () => {
  api = await startInProcessApi();
  client = new MongoClient(api.space.env.MONGODB_URL);
  document = (await send(api.app, { url: '/openapi.json' })).body;
  // From its first second on a history has rows, whose shape is compared.
  await vi.waitFor(async () => {
    const { samples } = (await api.call('hybrid_sync_history')) as { samples: { at: unknown[] } };
    expect(samples.at.length).toBeGreaterThan(0);
  }, 10_000);
});
afterAll(async () => {
  await client.close();
  await api.stop();
});

/** A pair, a dead letter and a changed setting, as the examples speak of them. */
beforeEach(async () => {
  await api.call('kv_set', { key: 'user:42', value: '{"name": "Ada"}', ttlSec: 3600 });
  await api.call('hybrid_sync_settings_set', {
    settings: { 'app.sync.async-timeout-ms': 1500 },
    reason: 'fewer timeouts',
  });
  const payload = { key: 'user:42', op: 'set', value: 'Ada', ttlSec: null, expireAt: null };
  await client
    .db()
    .collection<{ _id: string }>('outbox')
    .replaceOne(
      { _id: '17-5' },
      {
        ...{ type: 'KVMutated', ts: new Date(), slot: 17, version: 5, payload },
        ...{ processed: false, attempts: 8, dead: true, lastError: 'MongoDB error 2', retryAt: new Date() },
      },
      { upsert: true },
    );
});

/** The request that a document's examples make. */
function exampleRequest(path: string, method: string, operation: Operation): TestRequest {
  const examples = (operation.parameters ?? []).filter(({ example }) => example !== undefined);
  const query = new URLSearchParams(
    examples
      .filter((each) => each.in === 'query')
      .map(({ name, example }): [string, string] => [name, String(example)]),
  );
  const key = examples.find((each) => each.in === 'path')?.example;
  const url = `${path.replace('{key}', encodeURIComponent(String(key)))}?${query}`;
  const body = operation.requestBody?.content['application/json']?.example;
  return {
    method: method.toUpperCase() as NonNullable<TestRequest['method']>,
    url: query.size === 0 ? url.slice(0, -1) : url,
    ...(body === undefined ? {} : { body }),
  };
}

describe('what the document gives as an example', () => {
  it('is of every operation, can be sent as it is, and has an answer of that shape', async () => {
    const sent: string[] = [];
    for (const [path, item] of Object.entries(document.paths ?? {})) {
      for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
        const request = exampleRequest(path, method, operation);
        const { status, body } = await send(api.app, request);
        expect([status, body], operation.operationId).toEqual([200, expect.anything()]);
        const { 200: done } = operation.responses as Record<string, OpenAPIV3_1.ResponseObject>;
        const example = done?.content?.['application/json']?.example;
        expect(shapeFaults(example, body), operation.operationId).toEqual([]);
        sent.push(operation.operationId ?? '');
        await api.call('kv_set', { key: 'user:42', value: '{"name": "Ada"}', ttlSec: 3600 });
      }
    }
    expect(sent.length).toBeGreaterThan(25);
  });

  it('gives no time as an argument, which would grow old', () => {
    const times: string[] = [];
    const look = (operation: Operation) => {
      const { parameters = [], requestBody } = operation;
      const given = [
        ...parameters.map(({ example }) => example),
        requestBody?.content['application/json']?.example,
      ];
      if (/\d{4}-\d\d-\d\d/.test(JSON.stringify(given))) times.push(operation.operationId ?? '');
    };
    for (const item of Object.values(document.paths ?? {}))
      for (const operation of Object.values(item as Record<string, Operation>)) look(operation);
    expect(times).toEqual([]);
  });
});
