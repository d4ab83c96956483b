import { loadTokens, makeListeners } from '@hybrid-sync/service-host';
import { type TestSpace, testSpace } from '@hybrid-sync/services/test-space';
import { loadSettings, Pod } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { addApiRoutes } from '../api-routes.js';
import { bodyLimitOf } from '../http/body-limits.js';
import { redisDoor } from '../redis/open-door.js';

/** A whole api in the test's own process, on a space of its own. */
export interface InProcessApi {
  readonly app: FastifyInstance;
  readonly pod: Pod;
  readonly space: TestSpace;
  /** Where Redis' protocol is spoken, where the settings open such a port. */
  readonly redisPort: number | undefined;
  /** Posts a body to `/mcp/message`. */
  post(body: unknown): Promise<{ status: number; json: JsonRpcReply }>;
  /** Calls a tool and returns its structured result. @throws what the tool's error says */
  call(name: string, args?: Record<string, unknown>): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** A JSON-RPC response, as loosely as a test needs it. */
export interface JsonRpcReply {
  jsonrpc?: string;
  id?: unknown;
  result?: {
    content?: { type: string; text: string }[];
    structuredContent?: Record<string, unknown>;
    isError?: boolean;
    tools?: { name: string; inputSchema: object; outputSchema?: object; annotations?: object }[];
  };
  error?: { code: number; message: string; data?: { field?: string } };
}

/** Settings with which every write goes the fast way, however slow the machine is. */
export const FAST_WAY = {
  SYNC_MODE: 'hybrid',
  ASYNC_TIMEOUT_MS: '20000',
  BREAKER_SLOW_CALL_MS: '20000',
  REDIS_TIMEOUT_MS: '20000',
  MONGODB_TIMEOUT_MS: '20000',
};

/** Starts an api; `env` overrides settings. */
export async function startInProcessApi(env: Record<string, string> = {}): Promise<InProcessApi> {
  const space = testSpace();
  const loaded = loadSettings({ env: { ...space.env, ...env } });
  const log = pino({ level: 'silent' });
  const pod = new Pod(loaded, log);
  const tokens = loadTokens(loaded.settings);
  const { main } = makeListeners({
    settings: loaded.settings,
    tokens,
    defaultPort: 0,
    bodyLimit: bodyLimitOf(loaded.settings),
    health: pod,
    log,
  });
  if (main === undefined) throw new Error('an api has a main port');
  const { app } = main;
  await addApiRoutes(app, pod, '0.0.0-test', log);
  const door = redisDoor({ node: pod, settings: loaded.settings, tokens, log }, '0.0.0-test');
  await door?.listen();
  await pod.start();
  const post: InProcessApi['post'] = async (body) => {
    const response = await app.inject({
      method: 'POST',
      url: '/mcp/message',
      headers: { 'content-type': 'application/json', host: 'localhost' },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.statusCode, json: response.json() };
  };
  return {
    app,
    pod,
    space,
    redisPort: door?.port,
    post,
    async call(name, args) {
      const { json } = await post({
        method: 'tools/call',
        params: { name, ...(args === undefined ? {} : { arguments: args }) },
      });
      const result = json.result;
      if (result?.structuredContent === undefined || result.isError) throw new Error(JSON.stringify(json));
      return result.structuredContent;
    },
    async stop() {
      await Promise.all([app.close(), door?.close()]);
      await pod.stop();
      await space.clear();
    },
  };
}
