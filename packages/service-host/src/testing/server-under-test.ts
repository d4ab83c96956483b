import {
  type CreatedToken,
  createToken,
  parseTokenEntries,
  type Role,
  TokenBook,
} from '@hybrid-sync/access-tokens';
import { loadSettings, type Metrics } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { httpServer } from '../http-server.js';

/** A token of each role, and one of role admin whose time is over. */
export function tokensOfEachRole() {
  const made: Record<Role | 'expired', CreatedToken> = {
    read: createToken({ name: 'reader', role: 'read' }),
    write: createToken({ name: 'writer', role: 'write' }),
    admin: createToken({ name: 'boss', role: 'admin' }),
    expired: createToken({ name: 'late', role: 'admin', expiresAt: Date.UTC(2020, 0, 1) }),
  };
  const entries = Object.values(made).map(({ entry }) => entry);
  return { made, book: new TokenBook(parseTokenEntries(entries.join('\n'))) };
}

/** What a test sets apart from the defaults. */
export interface ServerWish {
  /** Settings by their environment variables. */
  readonly env?: Record<string, string>;
  readonly boundTo?: string;
  readonly tokens?: TokenBook;
  /** Where refusals are counted. */
  readonly metrics?: Metrics;
  /** Takes the warnings of the log. */
  readonly warn?: (line: object, message: string) => void;
}

/** A server with a route for each role, one for everybody, one that does not say whom it is for, and one for probes. */
export function serverUnderTest({
  env = {},
  boundTo = '127.0.0.1',
  tokens,
  metrics,
  warn,
}: ServerWish = {}): FastifyInstance {
  const silent = pino({ level: 'silent' });
  const app = httpServer({
    settings: loadSettings({ env }).settings,
    boundTo,
    bodyLimit: 1000,
    tokens,
    log: warn === undefined ? silent : Object.assign(pino({ level: 'silent' }), { warn }),
    metrics,
  });
  for (const access of ['public', 'read', 'write', 'admin'] as const satisfies (Role | 'public')[]) {
    app.get(`/${access}`, { config: { access } }, async ({ caller }) => ({ caller }));
  }
  app.get('/unsaid', async () => ({}));
  app.get('/probe', { config: { access: 'public', anyHost: true } }, async () => ({}));
  app.post('/echo', { config: { access: 'read' } }, async ({ body }) => ({ body }));
  app.get('/files/*', { config: { access: 'read' } }, async ({ params }) => params);
  app.get('/broken', { config: { access: 'read' } }, async () => {
    throw new Error('a secret of the store');
  });
  return app;
}
