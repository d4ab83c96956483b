import { createRequire } from 'node:module';
import type { Program } from '../program.js';

/** How long the gateway may take to listen, in milliseconds. */
const READY_TIMEOUT_MS = 15_000;

/** A gateway of one's own. */
interface GatewayProgramOptions {
  /** TCP port on 127.0.0.1 where it speaks MongoDB's wire protocol. */
  readonly port: number;
  /** The engine's port. */
  readonly enginePort: number;
  /** File with the password of the gateway's own clients. */
  readonly passwordFile: string;
  /** File with the engine's password. Whoever has that one may do more: its user runs commands. */
  readonly enginePasswordFile: string;
}

/** The wire protocol's gateway as a process of its own, so that it can be frozen or killed apart from the engine. */
export function gatewayProgram(options: GatewayProgramOptions): Program {
  const { port, enginePort, passwordFile, enginePasswordFile } = options;
  const main = createRequire(import.meta.url).resolve('@hybrid-sync/documentdb/gateway-main');
  return {
    name: 'gateway',
    port,
    command: process.execPath,
    args: [
      main,
      ...['--port', String(port)],
      ...['--engine-port', String(enginePort)],
      ...['--password-file', passwordFile],
      ...['--engine-password-file', enginePasswordFile],
    ],
    commandMark: main,
    stopSignal: 'SIGTERM',
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}
