import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { ATTACKS, type Attack } from './attacks.js';
import type { Target } from './pod-under-attack.js';

/** An attacker: a thread that makes one attack until it is sent its first message. */

/** What an attacker is told. */
export interface AttackOrder {
  /** Name of the attack. */
  readonly name: string;
  readonly target: Target;
  /** Share of the connections, for a short form. */
  readonly scale: number;
}

/** Time after which a connection that was closed is opened again, in milliseconds. */
const AGAIN_AFTER_MS = 50;
/** The attacker's, on the loopback, too, and not that of the other client. */
const ADDRESS = '127.0.0.2';

const { name, target, scale } = workerData as AttackOrder;
const attack = ATTACKS.find((each) => each.name === name);
if (attack === undefined) throw new Error(`there is no attack "${name}"`);
const sockets = new Set<Socket>();
let ended = false;
parentPort?.once('message', () => {
  ended = true;
  for (const socket of sockets) socket.destroy();
});
await attack.prepare?.(target);
const bytes = attack.sends?.(target);
const count = Math.max(1, Math.round(attack.connections * scale));
await Promise.all(Array.from({ length: count }, () => hold(attack, bytes)));

/** Holds one connection until the end, and opens it again when it was closed. */
async function hold({ reads, at }: Attack, bytes: Buffer | undefined): Promise<void> {
  while (!ended) {
    const port = at === 'redis' ? target.redisPort : target.port;
    const socket = connect({ port, host: '127.0.0.1', localAddress: ADDRESS });
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (bytes !== undefined) send(socket, bytes, reads);
    await new Promise((closed) => socket.once('close', closed));
    sockets.delete(socket);
    await pause(AGAIN_AFTER_MS);
  }
}

/** Sends, and where answers are read, sends again as soon as something of one has come. */
function send(socket: Socket, bytes: Buffer, reads: boolean): void {
  socket.write(bytes);
  if (!reads) return;
  let waits = true;
  socket.on('data', () => {
    if (!waits) return;
    waits = false;
    setImmediate(() => {
      waits = true;
      if (socket.writableLength === 0) socket.write(bytes);
    });
  });
}
