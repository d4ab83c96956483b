import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Bytes of a question's head, and where its flags and counts are. */
const HEAD_BYTES = 12;
/** An answer without an error: response, recursion desired and available. */
const ANSWER_FLAGS = 0x8180;
const TYPE_A = 1;
const CLASS_IN = 1;
const TTL_S = 1;

/** A name server as Docker has one: it answers every name with the addresses of the replicas that there are now. */
export class NameServer {
  /** IPv4 addresses; may change at any time. */
  addresses: string[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (question, { port, address }) => {
      socket.send(answerTo(question, this.addresses), port, address);
    });
  }

  /** Starts it on a free port of this machine. */
  static async start(): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async stop(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

function answerTo(question: Buffer, addresses: readonly string[]): Buffer {
  // The name ends with an empty label; its type and class follow.
  const nameEnd = question.indexOf(0, HEAD_BYTES) + 1;
  const asked = question.subarray(HEAD_BYTES, nameEnd + 4);
  const found = question.readUInt16BE(nameEnd) === TYPE_A ? addresses : [];
  const head = Buffer.alloc(HEAD_BYTES);
  question.copy(head, 0, 0, 2);
  head.writeUInt16BE(ANSWER_FLAGS, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found.length, 6);
  const records = found.map((address) => {
    const record = Buffer.alloc(16);
    // The name is the one that was asked for.
    record.writeUInt16BE(0xc000 + HEAD_BYTES, 0);
    record.writeUInt16BE(TYPE_A, 2);
    record.writeUInt16BE(CLASS_IN, 4);
    record.writeUInt32BE(TTL_S, 6);
    record.writeUInt16BE(4, 10);
    record.set(address.split('.').map(Number), 12);
    return record;
  });
  return Buffer.concat([head, asked, ...records]);
}
