import { join } from 'node:path';
import { maskCredentials } from './service-urls.js';
import type { RunningSystem } from './start-system.js';

/** What someone wants to know of a system that has just started. */
export function summaryOf(system: RunningSystem): string {
  const { api, projector, redisPort, services, mongodbUrl, dataDir } = system;
  const lines: [label: string, value: string, remark?: string][] = [
    ['api', api.url],
    ['dashboard', `${api.url}/dashboard`],
    ['MCP', `${api.url}/mcp`],
    ["Redis' protocol", `redis://127.0.0.1:${redisPort}`],
    ['health', `${api.url}/readyz`],
    ['metrics', `${api.url}/metrics`],
    ['projector', `${projector.url}/metrics`],
    ['Redis', maskCredentials(services.redisUrl), services.redis.where],
    ['MongoDB', maskCredentials(mongodbUrl), services.mongodb.where],
    ['data', dataDir],
    ['logs', join(dataDir, 'logs')],
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines
    .map(([label, value, remark]) => `  ${label.padEnd(width)}  ${value}${remark ? `  (${remark})` : ''}`)
    .join('\n');
}
