import { counter, gauge } from './definition.js';

/** Who came over Redis' protocol, who was turned away, and who did what as an administrator. */
export const ACCESS_METRICS = {
  callersRefused: counter(
    'hybrid_sync_callers_refused_total',
    'both',
    {
      reason: [
        'token-missing',
        'token-malformed',
        'token-unknown',
        'token-expired',
        'role',
        'foreign-page',
        'rate',
      ],
    },
    'Requests that were refused because of their sender, by reason.',
  ),
  adminActs: counter(
    'hybrid_sync_admin_acts_total',
    'api',
    { tool: 'many', outcome: ['done', 'failed'] }, // the tools for the role admin: seven
    'Acts of administrators: settings, dead letters, repair, restore, import, deletes by prefix. Each has a line in the log.',
  ),
  redisCommands: counter(
    'hybrid_sync_redis_commands_total',
    'api',
    { command: 'many', outcome: ['done', 'failed'] }, // the commands that are served, and other
    'Commands over the Redis protocol, by outcome.',
  ),
  redisConnections: gauge(
    'hybrid_sync_redis_connections',
    'api',
    {},
    'Connections over the Redis protocol; absent if the port is off.',
  ),
  tokenFileUnusable: gauge(
    'hybrid_sync_token_file_unusable_seconds',
    'both',
    {},
    'For how long the file of API_TOKENS_FILE could not be used as a whole; 0 while it can.',
  ),
} as const;
