import { type DoorParts, RefusedCallers } from '@hybrid-sync/service-host';
import type { Pod } from '@hybrid-sync/sync-core';
import { CommandRates } from '../security/command-rates.js';
import { WriteLog } from '../write-log.js';
import { CommandRunner } from './command-runner.js';
import { clientHandler } from './commands/client-command.js';
import { commandHandler } from './commands/command-command.js';
import { connectionHandlers } from './commands/connection-commands.js';
import { keyCommandHandlers } from './commands/key-commands.js';
import { keyspaceHandlers } from './commands/keyspace-commands.js';
import { serverHandlers } from './commands/server-commands.js';
import { stringHandlers } from './commands/string-commands.js';
import { Values } from './commands/values.js';
import { Writes } from './commands/writes.js';
import { DoorCertificate } from './door-certificate.js';
import { RedisDoor } from './redis-door.js';

/** Keys and values of one request, beside the largest value, in bytes. */
const REQUEST_BYTES = 8 * 1024 * 1024;
/** Bytes that all connections hold, at most. */
const MAX_HELD_BYTES = 256 * 1024 * 1024;

/** Makes the port for Redis' protocol; undefined where the settings name none. `version`: of the package. */
export function redisDoor(
  { node: pod, settings, tokens, log }: DoorParts<Pod>,
  version: string,
): RedisDoor | undefined {
  const { redisPort, httpHost, maxKeyBytes, maxValueBytes, logWritesEvery: every, slots } = settings;
  if (redisPort === undefined) return undefined;
  const { metrics } = pod;
  const { cache } = pod.stores;
  const values = new Values(cache, maxValueBytes);
  const traced = settings.otlpEndpoint !== undefined;
  const writes = new Writes(pod, new WriteLog({ log, every, slots }), traced);
  const rates = CommandRates.of(settings, log);
  const door: RedisDoor = new RedisDoor({
    settings,
    place: {
      host: httpHost,
      port: redisPort,
      namedBy: ['HOST', 'REDIS_LISTEN_PORT'],
      mayBeRemote: tokens !== undefined,
    },
    keeper: { tokens, refused: new RefusedCallers(metrics, log) },
    runner: new CommandRunner({
      limits: settings,
      metrics,
      rates,
      traced,
      handlers: {
        ...connectionHandlers,
        ...stringHandlers(pod, values, writes),
        ...keyCommandHandlers(cache, values, writes),
        ...keyspaceHandlers(cache),
        ...serverHandlers(pod, { version, port: () => door.port, connections: () => door.size }),
        client: clientHandler({
          clients: () => door.clients(),
          close: (client) => door.disconnect(client),
          closed: (by, count) => {
            metrics.adminActed('client_kill', 'done');
            log.info({ by, tool: 'client_kill', did: { closed: count } }, 'an administrator acted');
          },
        }),
        command: commandHandler,
      },
    }),
    bounds: {
      argumentBytes: Math.max(maxKeyBytes, maxValueBytes),
      requestBytes: REQUEST_BYTES + maxValueBytes,
    },
    maxHeldBytes: MAX_HELD_BYTES,
    metrics,
    certificate: DoorCertificate.of(settings, log),
    closed: () => rates?.close(),
  });
  return door;
}
