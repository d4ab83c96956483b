import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A process that stands between clients and a server and makes the server look slower. Arguments: port to listen on,
 * port of the server, milliseconds for which every reply is held back, as on a longer way; and, where the server is to
 * take no more than that, the bytes that reach it in a second. The message `{ delayMs }` changes the milliseconds.
 */
const [port, serverPort, firstDelayMs, bytesPerSecond] = process.argv.slice(2).map(Number);
if (port === undefined || serverPort === undefined || firstDelayMs === undefined) {
  throw new Error('usage: delay-line-main PORT SERVER_PORT MILLISECONDS [BYTES_PER_SECOND]');
}
const HOST = '127.0.0.1';
/** Connections that share the server get turns of so many bytes, so that a short call need not wait for a long one. */
const TURN_BYTES = 4096;

let delayMs = firstDelayMs;
process.on('message', (message: { readonly delayMs: number }) => {
  delayMs = message.delayMs;
});

// Half open: a client that has sent all still gets what is being held back.
const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  const upstream = connect({ host: HOST, port: serverPort, noDelay: true, allowHalfOpen: true });
  for (const [end, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    end.on('error', () => other.destroy());
  }
  if (bytesPerSecond === undefined) client.pipe(upstream);
  else passInTurns(client, upstream, bytesPerSecond).catch(() => upstream.destroy());
  const held = new HeldBack();
  upstream.on('data', (part) => held.release(() => client.write(part)));
  upstream.on('end', () => held.release(() => client.end()));
});
server.listen(port, HOST, () => process.send?.('ready'));

/** What is held back on one connection; it leaves in its order also where the delay has become shorter. */
class HeldBack {
  readonly #held: (() => void)[] = [];
  #lastAt = 0;

  release(act: () => void): void {
    const now = performance.now();
    this.#lastAt = Math.max(this.#lastAt, now + delayMs);
    this.#held.push(act);
    setTimeout(() => this.#held.shift()?.(), this.#lastAt - now);
  }
}

let serverFreeAt = 0;

/** Passes on what the client sends, no more of all connections together than the server takes. */
async function passInTurns(client: Socket, upstream: Socket, rate: number): Promise<void> {
  // Without the option the client, which still waits for replies, would be closed at the end of what it sends.
  for await (const part of client.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    for (let from = 0; from < part.length; from += TURN_BYTES) {
      const turn = part.subarray(from, from + TURN_BYTES);
      serverFreeAt = Math.max(serverFreeAt, performance.now()) + (1000 * turn.length) / rate;
      await delay(serverFreeAt - performance.now());
      if (!upstream.write(turn)) await once(upstream, 'drain');
    }
  }
  upstream.end();
}
