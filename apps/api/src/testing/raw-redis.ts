import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { InProcessApi } from './in-process-api.js';

/** A connection that does not end when the other side does, sends what it is told, be it a request or not, and collects what comes. */
export class RawRedis {
  readonly socket: Socket;
  /** What came so far, one character for each byte. */
  received = '';
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
    });
    socket.on('end', () => {
      this.closed = true;
    });
    socket.on('close', () => {
      this.closed = true;
    });
    // That the other side closes is what tests ask for.
    socket.on('error', () => undefined);
  }

  static async open(port: number | undefined): Promise<RawRedis> {
    const raw = new RawRedis(createConnection({ port: port ?? 0, host: '127.0.0.1', allowHalfOpen: true }));
    await once(raw.socket, 'connect');
    return raw;
  }

  send(bytes: string): void {
    this.socket.write(Buffer.from(bytes, 'latin1'));
  }
}

/** How many commands of this name an api has answered. */
export async function answered({ pod }: InProcessApi, command: string): Promise<number> {
  const counts = await pod.metrics.registry.getSingleMetric('hybrid_sync_redis_commands_total')?.get();
  return counts?.values.find(({ labels }) => labels.command === command)?.value ?? 0;
}
