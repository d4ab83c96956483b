import type { Socket } from 'node:net';

/** How much of what a client sent first is kept, in bytes. */
const KEPT_BYTES = 4096;
/** A limited connection forwards this often, in milliseconds. */
const TICK_MS = 10;

/** One connection of a line: a client's end and the service's. What one end sends is written to the other. */
export class LineConnection {
  readonly #client: Socket;
  readonly #service: Socket;
  #sent = '';
  #silent = false;
  #frozen = false;
  #bytesPerSecond: number | undefined;
  /** Bytes that the service may still send now; counts only while the connection is limited. */
  #allowance = 0;
  #ticks: NodeJS.Timeout | undefined;

  constructor(client: Socket, service: Socket) {
    this.#client = client;
    this.#service = service;
    client.on('data', (part: Buffer) => {
      if (this.#sent.length < KEPT_BYTES) this.#sent += part.toString('latin1');
      this.#forward(part, client, service);
    });
    service.on('data', (part: Buffer) => {
      this.#forward(part, service, client);
      this.#spend(part.length);
    });
    for (const [end, other] of [
      [client, service],
      [service, client],
    ] as const) {
      end.on('error', () => undefined);
      end.on('drain', () => this.#resume(other));
      end.on('end', () => this.#silent || other.end());
      end.on('close', () => {
        clearInterval(this.#ticks);
        if (!this.#silent || end === this.#client) other.destroy();
      });
    }
  }

  /** The first 4 KiB that the client sent, byte for byte. */
  get firstSent(): string {
    return this.#sent;
  }

  /** Called once the client's end is closed. */
  onClose(listener: () => void): void {
    this.#client.once('close', listener);
  }

  /** Nothing is read or sent any more. */
  freeze(): void {
    this.#frozen = true;
    this.#client.pause();
    this.#service.pause();
  }

  /** What was held back goes through, and all that comes. */
  thaw(): void {
    this.#frozen = false;
    this.#resume(this.#client);
    this.#resume(this.#service);
  }

  /** Bytes go on being taken, and none is forwarded, for good. */
  silence(): void {
    this.#silent = true;
  }

  /** So many bytes a second come from the service; undefined for no limit. */
  limit(bytesPerSecond: number | undefined): void {
    clearInterval(this.#ticks);
    this.#bytesPerSecond = bytesPerSecond;
    this.#allowance = 0;
    if (bytesPerSecond === undefined) {
      this.#resume(this.#service);
      return;
    }
    this.#ticks = setInterval(() => {
      this.#allowance = Math.min(bytesPerSecond, this.#allowance + (bytesPerSecond * TICK_MS) / 1000);
      this.#resume(this.#service);
    }, TICK_MS).unref();
  }

  /** Breaks both ends. */
  destroy(): void {
    this.#client.destroy();
    this.#service.destroy();
  }

  #forward(part: Buffer, from: Socket, to: Socket): void {
    if (this.#silent) return;
    if (!to.write(part)) from.pause();
  }

  #spend(bytes: number): void {
    if (this.#bytesPerSecond === undefined) return;
    this.#allowance -= bytes;
    if (this.#allowance <= 0) this.#service.pause();
  }

  #resume(end: Socket): void {
    const spent = end === this.#service && this.#bytesPerSecond !== undefined && this.#allowance <= 0;
    if (!this.#frozen && !spent) end.resume();
  }
}
