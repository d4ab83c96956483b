import { join } from 'node:path';
import { maskCredentials } from './service-urls.js';
import type { RunningSystem } from './start-system.js';

/** What someone wants to know of a system that has just started. */
export function summaryOf(system: RunningSystem): string {
  const { api, projector, redisPort, services, mongodbUrl, dataDir } = system;
  const apiUrl = `http://127.0.0.1:${api.port}`;
  const lines: [label: string, value: string, remark?: string][] = [
    ['api', apiUrl],
    ['dashboard', `${apiUrl}/dashboard`],
    ['MCP', `${apiUrl}/mcp`],
    ["Redis' protocol", `redis://127.0.0.1:${redisPort}`],
    ['health', `${apiUrl}/readyz`],
    ['metrics', `${apiUrl}/metrics`],
    ['projector', `http://127.0.0.1:${projector.port}/metrics`],
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
