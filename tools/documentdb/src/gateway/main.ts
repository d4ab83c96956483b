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

const enginePasswordFile = given('engine-password-file', 'a file');

const gateway = new GatewayServer({
  port: portOf('port'),
  enginePort: portOf('engine-port'),
  password: await passwordIn(given('password-file', 'a file')),
  enginePassword: () => readPassword(enginePasswordFile),
  report: (message) => console.error(`${new Date().toISOString()} ${message}`),
});

function portOf(option: 'port' | 'engine-port'): number {
  return Number(
    given(option, 'a port, 1 to 65535', (text) => /^\d+$/.test(text) && +text >= 1 && +text <= 65_535),
  );
}

function given(option: keyof typeof values, wants: string, fits = (_: string) => true): string {
  const text = values[option];
  if (text !== undefined && fits(text)) return text;
  console.error(`--${option} wants ${wants}`);
  process.exit(2);
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
