import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenBook } from '@hybrid-sync/access-tokens';
import { ConfigurationError, type LoadedSettings, loadSettings, type Settings } from '@hybrid-sync/sync-core';
import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { errorWithoutPayload } from './error-serializer.js';
import type { HealthSource } from './health-routes.js';
import { listen, makeListeners } from './listeners.js';
import { loadTokens } from './load-tokens.js';
import { TokenFile } from './token-file.js';
import { startTracing } from './tracing/start-tracing.js';

/**
 * How long a stop may take after its delay before the process ends all the same, in milliseconds: four parts that are
 * given up one after another, and with the default delay less than the 30 s after which Kubernetes kills.
 */
export const STOP_DEADLINE_MS = 24_500;
const OPEN_TO_THIS_MACHINE =
  'there are no tokens: listening on loopback only, and everybody on this machine may do everything';

/** What runs in a process beside its HTTP server. */
export interface ServiceNode extends HealthSource {
  /** Resolves when ready; keeps trying while its services are away. */
  start(): Promise<void>;
  /** Resolves, with why, when it has become clear that no waiting will let the node work. */
  readonly broken: Promise<Error>;
  /** Says that a stop will follow: not ready from now on, and everything works as before. */
  announceStop?(): void;
  /** Ends what would keep requests waiting: called before the server waits for those under way. */
  beginStop?(): void;
  /** Finishes what is under way and closes everything. */
  stop(): Promise<void>;
}

/** A port of another protocol than HTTP that a process has. */
export interface Door {
  /** Listens. @throws ConfigurationError for an address or a port that can't be listened on */
  listen(): Promise<void>;
  /** Takes no more, answers what is under way and closes every connection. */
  close(): Promise<void>;
}

/** What a door is made of. */
export interface DoorParts<Node> {
  readonly node: Node;
  readonly settings: Settings;
  /** Who may call; undefined where everybody on this machine may do everything. */
  readonly tokens: TokenBook | undefined;
  readonly log: Logger;
}

/** A process to run. */
export interface Service<Node extends ServiceNode> {
  readonly name: string;
  /** Port of HTTP unless the settings name one. */
  readonly defaultPort: number;
  readonly createNode: (loaded: LoadedSettings, log: Logger) => Node;
  /** The service's own routes; without them it has those for health only. */
  readonly routes?: {
    /** Largest request body, in bytes. */
    readonly bodyLimit: (settings: Settings) => number;
    readonly add: (app: FastifyInstance, node: Node, log: Logger) => Promise<void>;
  };
  /** Makes the port that the service has beside HTTP's; undefined where the settings name none. */
  readonly makeDoor?: (parts: DoorParts<Node>) => Door | undefined;
}

/**
 * Runs a process to its end: reads the settings, listens, starts the node, and on SIGTERM or SIGINT finishes what is
 * under way and exits 0; on SIGTERM a service with routes of its own is first not ready for a while, and serves on. Exits
 * 1, with one clear message, on a configuration at fault, an address that can't be listened on, what no waiting mends, at
 * the start or later, or an error no one handled.
 */
export async function runService<Node extends ServiceNode>(service: Service<Node>): Promise<void> {
  const { loaded, tokens } = configurationOrExit();
  const { settings } = loaded;
  const log = pino({
    name: service.name,
    level: settings.logLevel,
    serializers: { err: errorWithoutPayload },
  });
  const stopTracing = await startTracing(settings, service.name);
  const node = service.createNode(loaded, log);
  const { main, health } = makeListeners({
    settings,
    tokens,
    defaultPort: service.defaultPort,
    bodyLimit: service.routes?.bodyLimit(settings),
    health: node,
    log,
  });
  const door = service.makeDoor?.({ node, settings, tokens, log });
  const { apiTokensFile } = settings;
  const tokenFile = tokens && apiTokensFile ? new TokenFile(apiTokensFile, tokens, log) : undefined;
  node.metrics.show('tokenFileUnusable', () => tokenFile?.unusableSeconds ?? 0);
  let draining = false;
  /** Serves on until those who look at `/readyz` send no more. */
  const drain = async () => {
    draining = true;
    node.announceStop?.();
    if (service.routes !== undefined) await sleep(settings.shutdownDelayMs);
  };
  const closeAll = async () => {
    node.beginStop?.();
    // What serves health alone tells of the stop to its end.
    const [first, last] = service.routes === undefined ? [[], [main, health]] : [[main], [health]];
    await Promise.all([...first.map((listener) => listener?.app.close()), door?.close(), tokenFile?.stop()]);
    await node.stop();
    await Promise.all(last.map((listener) => listener?.app.close()));
    await stopTracing();
  };
  let stopping = false;
  const grace = closeWithGrace(
    { delay: settings.shutdownDelayMs + STOP_DEADLINE_MS, logger: log },
    async ({ signal, err }) => {
      stopping = true;
      if (err) log.fatal({ err }, 'stopping after an error that no one handled');
      else log.info({ signal }, 'stopping');
      if (signal === 'SIGTERM') await drain();
      await closeAll();
      log.info('stopped');
    },
  );
  const giveUp = async (error: unknown) => {
    if (stopping) return; // the start was given up on the way, or the stop has begun already
    stopping = true;
    log.fatal({ err: error }, error instanceof Error ? error.message : 'the start failed');
    grace.uninstall();
    await closeAll();
    // What waits for a service that does not come back, as BullMQ does, would keep the process from ending.
    process.exit(1);
  };
  try {
    if (main !== undefined) {
      main.app.addHook('onRequest', (_, reply, done) => {
        if (draining) reply.header('connection', 'close');
        done();
      });
      await service.routes?.add(main.app, node, log);
      await listen(main);
      log.info(tokens === undefined ? OPEN_TO_THIS_MACHINE : `${tokens.size} tokens are accepted`);
    }
    await door?.listen();
    tokenFile?.start();
    if (health !== undefined) await listen(health);
    await Promise.race([node.start(), node.broken.then((error) => Promise.reject(error))]);
    log.info('ready');
    void node.broken.then(giveUp);
  } catch (error) {
    await giveUp(error);
  }
}

function configurationOrExit(): { loaded: LoadedSettings; tokens: TokenBook | undefined } {
  try {
    const loaded = loadSettings({ env: process.env });
    return { loaded, tokens: loadTokens(loaded.settings) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
