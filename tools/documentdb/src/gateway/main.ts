import { parseArgs } from 'node:util';
import { passwordIn, readPassword } from '../password-file.js';
import { GatewayServer } from './gateway-server.js';

/**
 * The gateway as a process of its own: `main.js --port <port> --password-file <file> --engine-port <port>
 * --engine-password-file <file>`. Clients have to know what the first file holds; it is made where there is none. Tells its
 * parent 'ready' over IPC when it listens, and takes `{throttle: [<collection>, …]}` from it. Ends on SIGTERM or SIGINT,
 * and when its parent is gone.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    'engine-port': { type: 'string' },
    'password-file': { type: 'string' },
    'engine-password-file': { type: 'string' },
  },
});

const enginePasswordFile = fileOf('engine-password-file');

const gateway = new GatewayServer({
  port: portOf('port'),
  enginePort: portOf('engine-port'),
  password: await passwordIn(fileOf('password-file')),
  enginePassword: () => readPassword(enginePasswordFile),
  report: (message) => console.error(`${new Date().toISOString()} ${message}`),
});

function portOf(option: 'port' | 'engine-port'): number {
  const port = Number(values[option]);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    console.error(`--${option} wants a port, 1 to 65535`);
    process.exit(2);
  }
  return port;
}

function fileOf(option: 'password-file' | 'engine-password-file'): string {
  const file = values[option];
  if (file === undefined) {
    console.error(`--${option} wants a file`);
    process.exit(2);
  }
  return file;
}

let stopping = false;

function stop(): void {
  if (stopping) return;
  stopping = true;
  gateway.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}

process.on('message', (message: { readonly throttle?: readonly string[] }) => {
  if (message.throttle !== undefined) gateway.throttle(message.throttle);
});
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('disconnect', stop);

await gateway.start();
process.send?.('ready');
