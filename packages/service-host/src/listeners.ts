import type { TokenBook } from '@hybrid-sync/access-tokens';
import { ConfigurationError, type Settings } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { NOBODY } from './access.js';
import { type HealthSource, serveHealth } from './health-routes.js';
import { httpServer } from './http-server.js';
import { isLoopbackAddress } from './loopback.js';

/** Largest body where no route takes any, in bytes. */
const NO_BODY_BYTES = 1024;

/** What decides what a process listens on. */
export interface ListenerOptions {
  readonly settings: Settings;
  /** Who may call the main port; undefined where everybody on this machine may do everything. */
  readonly tokens: TokenBook | undefined;
  /** Port of HTTP unless the settings name one. */
  readonly defaultPort: number;
  /** Largest body that the process's own routes take, in bytes; undefined for a process that has none. */
  readonly bodyLimit: number | undefined;
  readonly health: HealthSource;
  readonly log: Logger;
}

/** Where a server will listen. */
export interface ListenPlace {
  readonly host: string;
  readonly port: number;
  /** The settings that name host and port. */
  readonly namedBy: readonly [host: string, port: string];
  /** Whether it may be reached beyond this machine. */
  readonly mayBeRemote: boolean;
}

/** An HTTP server and where it will listen. */
export interface Listener extends ListenPlace {
  readonly app: FastifyInstance;
}

/** What a process listens on: `main` is absent where only health is asked for, and that has a port of its own. */
export interface Listeners {
  readonly main: Listener | undefined;
  readonly health: Listener | undefined;
}

/** Makes the servers of a process, with the health routes on them; nothing listens yet. */
export function makeListeners(options: ListenerOptions): Listeners {
  const { metricsPort } = options.settings;
  if (metricsPort === undefined) return { main: mainListener(options, true), health: undefined };
  return {
    main: options.bodyLimit === undefined ? undefined : mainListener(options, false),
    health: healthListener(options, metricsPort),
  };
}

function mainListener(
  { settings, tokens, defaultPort, health, log, bodyLimit }: ListenerOptions,
  withHealth: boolean,
): Listener {
  const { httpHost: host, httpPort: port = defaultPort } = settings;
  const app = httpServer({
    settings,
    boundTo: host,
    bodyLimit: bodyLimit ?? NO_BODY_BYTES,
    tokens,
    log,
    metrics: health.metrics,
  });
  if (withHealth) {
    serveHealth(app, health, { metricsAccess: 'read', namesHosts: (caller) => caller !== NOBODY });
  }
  return { app, host, port, namedBy: ['HOST', 'PORT'], mayBeRemote: tokens !== undefined };
}

/**
 * Without tokens, wherever it is bound: what it tells is no secret on the network that it was given an address of. Where
 * Redis and MongoDB are it tells this machine only.
 */
function healthListener({ settings, health, log }: ListenerOptions, port: number): Listener {
  const host = settings.metricsHost;
  const app = httpServer({
    settings,
    boundTo: host,
    bodyLimit: NO_BODY_BYTES,
    tokens: undefined,
    log,
    metrics: health.metrics,
  });
  serveHealth(app, health, { metricsAccess: 'public', namesHosts: () => isLoopbackAddress(host) });
  return { app, host, port, namedBy: ['METRICS_HOST', 'METRICS_PORT'], mayBeRemote: true };
}

/** Has an HTTP server listen. @throws ConfigurationError as {@link listenAt} does */
export async function listen({ app, ...place }: Listener): Promise<void> {
  await listenAt(place, (where) => app.listen(where));
}

/**
 * Has a server listen at its place. `begin`: does so, and resolves when it does.
 * @throws ConfigurationError for an address that needs tokens which there are not, or a port that is taken
 */
export async function listenAt(
  { host, port, namedBy, mayBeRemote }: ListenPlace,
  begin: (where: { host: string; port: number }) => Promise<unknown>,
): Promise<void> {
  const [hostSetting, portSetting] = namedBy;
  if (!mayBeRemote && !isLoopbackAddress(host)) {
    throw new ConfigurationError([
      `${hostSetting}=${host}: without tokens this process listens on loopback only; create a token with ` +
        '"npx hybrid-sync token create", and put the entry that it prints into API_TOKENS or into the file that ' +
        'API_TOKENS_FILE names',
    ]);
  }
  try {
    // Of that name Fastify would open a second port, past what bounds the connections of the first.
    await begin({ host: host === 'localhost' ? '127.0.0.1' : host, port });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new ConfigurationError([
        `${portSetting}=${port}: another process listens on ${host}:${port}; choose another ${portSetting}`,
      ]);
    }
    throw error;
  }
}
