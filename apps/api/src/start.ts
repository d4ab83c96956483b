import { readFileSync } from 'node:fs';
import { runService } from '@hybrid-sync/service-host';
import { Pod } from '@hybrid-sync/sync-core';
import { addApiRoutes } from './api-routes.js';
import { bodyLimitOf } from './http/body-limits.js';
import { redisDoor } from './redis/open-door.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Starts the api; what is wrong ends the process. Resolves once it is up. */
export async function start(): Promise<void> {
  await runService({
    name: 'api',
    defaultPort: 8080,
    createNode: (loaded, log) => new Pod(loaded, log),
    routes: {
      bodyLimit: bodyLimitOf,
      add: (app, pod, log) => addApiRoutes(app, pod, version, log),
    },
    makeDoor: (parts) => redisDoor(parts, version),
  });
}
