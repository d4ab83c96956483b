import { connect, createServer } from 'node:net';

/**
 * A process that stands between a client and a server and holds every reply back for some milliseconds, as a longer
 * way would. Arguments: port to listen on, port of the server, milliseconds.
 */
const [port, serverPort, delayMs] = process.argv.slice(2).map(Number);
if (port === undefined || serverPort === undefined || delayMs === undefined) {
  throw new Error('usage: delay-line-main PORT SERVER_PORT MILLISECONDS');
}
const HOST = '127.0.0.1';

// Half open: a client that has sent all still gets what is being held back.
const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  const upstream = connect({ host: HOST, port: serverPort, noDelay: true, allowHalfOpen: true });
  client.pipe(upstream);
  // Timers of one length fire in the order in which they were set, so that replies stay in order, too.
  upstream.on('data', (part) => setTimeout(() => client.write(part), delayMs));
  upstream.on('end', () => setTimeout(() => client.end(), delayMs));
  for (const [end, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    end.on('error', () => other.destroy());
  }
});
server.listen(port, HOST, () => process.send?.('ready'));
