import { ConfigurationError, loadSettings, type Settings } from '@hybrid-sync/sync-core';
import closeWithGrace from 'close-with-grace';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { type Logger, pino } from 'pino';
import { errorWithoutPayload } from './error-serializer.js';
import { type HealthSource, serveHealth } from './health-routes.js';
import { isLoopbackAddress, refuseForeignPages } from './loopback-guard.js';

/** How long a stop may take before the process ends all the same, in milliseconds. */
const STOP_DEADLINE_MS = 25_000;
/** How long a client may take to send a request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;

/** What runs in a process beside its HTTP server. */
export interface ServiceNode extends HealthSource {
  /** Resolves when ready; keeps trying while its services are away. */
  start(): Promise<void>;
  /** Finishes what is under way and closes everything. */
  stop(): Promise<void>;
}

/** A process to run. */
export interface Service<Node extends ServiceNode> {
  readonly name: string;
  /** Port of HTTP unless the settings name one. */
  readonly defaultPort: number;
  /** Largest request body, in bytes. */
  readonly bodyLimit: (settings: Settings) => number;
  readonly createNode: (settings: Settings, log: Logger) => Node;
  /** Adds the service's own routes to the health routes. */
  readonly addRoutes?: (app: FastifyInstance, node: Node, log: Logger) => Promise<void>;
}

/**
 * Runs a process to its end: reads the settings, listens, starts the node, and on SIGTERM or SIGINT finishes what is
 * under way and exits 0. Exits 1, with one clear message, on a configuration at fault, an address that can't be
 * listened on, a start that no waiting mends, or an error no one handled.
 */
export async function runService<Node extends ServiceNode>(service: Service<Node>): Promise<void> {
  const settings = settingsOrExit();
  const log = pino({
    name: service.name,
    level: settings.logLevel,
    serializers: { err: errorWithoutPayload },
  });
  const node = service.createNode(settings, log);
  const app = buildServer(service, settings, node, log);
  let stopping = false;
  const grace = closeWithGrace({ delay: STOP_DEADLINE_MS, logger: log }, async ({ signal, err }) => {
    stopping = true;
    if (err) log.fatal({ err }, 'stopping after an error that no one handled');
    else log.info({ signal }, 'stopping');
    await app.close();
    await node.stop();
    log.info('stopped');
  });
  try {
    await service.addRoutes?.(app, node, log);
    await listen(app, settings, service.defaultPort);
    await node.start();
    log.info('ready');
  } catch (error) {
    if (stopping) return; // the start was given up on the way
    log.fatal({ err: error }, error instanceof Error ? error.message : 'the start failed');
    process.exitCode = 1;
    grace.uninstall();
    await app.close();
    await node.stop();
  }
}

/** The HTTP server with what every process has: health routes, and no answer to foreign pages. */
export function buildServer<Node extends ServiceNode>(
  { bodyLimit }: Pick<Service<Node>, 'bodyLimit'>,
  settings: Settings,
  node: Node,
  log: Logger,
): FastifyInstance {
  const app: FastifyInstance = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimit(settings),
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
  });
  // Closing waits for every connection. One that is idle goes at once; one with a request under way must go when that
  // is answered, not when its client's keep-alive ends.
  app.addHook('preClose', async () => {
    app.server.keepAliveTimeout = 1;
  });
  refuseForeignPages(app, isLoopbackAddress(settings.httpHost));
  serveHealth(app, node);
  return app;
}

async function listen(app: FastifyInstance, settings: Settings, defaultPort: number): Promise<void> {
  const { httpHost: host, httpPort: port = defaultPort, allowNonLoopback } = settings;
  if (!isLoopbackAddress(host) && !allowNonLoopback) {
    throw new ConfigurationError([
      `HOST=${host}: without tokens this process listens on loopback only; ` +
        'HYBRID_SYNC_ALLOW_NON_LOOPBACK=1 says that the network around it is trusted',
    ]);
  }
  try {
    await app.listen({ host, port });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new ConfigurationError([
        `PORT=${port}: another process listens on ${host}:${port}; choose another PORT`,
      ]);
    }
    throw error;
  }
}

function settingsOrExit(): Settings {
  try {
    return loadSettings({ env: process.env }).settings;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
