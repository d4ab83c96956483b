import type { Pod } from '@hybrid-sync/sync-core';
import { toolContract } from '@hybrid-sync/tool-contract';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { dashboardRoutes } from './dashboard/dashboard-routes.js';
import { pastRoutes } from './dashboard/past/past-routes.js';
import { documentationRoutes } from './documentation/documentation-routes.js';
import { openApiDocument } from './http/openapi.js';
import { toolRoutes } from './http/tool-routes.js';
import { mcpRoutes } from './mcp/mcp-routes.js';
import { McpServerFactory } from './mcp/mcp-server.js';
import { limitRates } from './security/rate-limit.js';
import { toolRegistry } from './tools/tool-registry.js';
import { WriteLog } from './write-log.js';

/** The api's own routes, over a pod. `version`: of the package, told to MCP clients. */
export async function addApiRoutes(
  app: FastifyInstance,
  pod: Pod,
  version: string,
  log: Logger,
): Promise<void> {
  const contract = toolContract(pod.settings);
  const tools = toolRegistry(pod, contract, { log, metrics: pod.metrics });
  await limitRates(app, pod.settings, log);
  // Closing waits for every request under way, so those that only wait for a shadow must not keep it.
  app.addHook('preClose', async () => pod.waits.stop());
  const { logWritesEvery: every, slots } = pod.settings;
  const writes = new WriteLog({ log, every, slots });
  await app.register(mcpRoutes, {
    factory: new McpServerFactory(tools, {
      version,
      log,
      writes,
      refused: app.refusedCallers,
      secret: () => pod.stores.secret.read(),
    }),
    questions: pod.stores.questions,
    limits: pod.settings,
  });
  await app.register(toolRoutes, { tools, writes, limits: pod.settings });
  await app.register(dashboardRoutes, { tools });
  const { prometheusUrl: url, prometheusSelector: selector } = pod.settings;
  await app.register(pastRoutes, { url, selector });
  const { apiTokens, apiTokensFile } = pod.settings;
  const needsTokens = apiTokens !== undefined || apiTokensFile !== undefined;
  await app.register(documentationRoutes, { document: openApiDocument(contract, version, needsTokens) });
}
