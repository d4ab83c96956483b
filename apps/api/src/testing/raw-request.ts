import { once } from 'node:events';
import { connect } from 'node:net';

/** A request byte for byte: nothing in it is checked, resolved or encoded on the way, as a client would. */
export interface RawRequest {
  readonly method?: string;
  readonly path: string | Buffer;
  /** Beside `Host`, `Connection: close`, and type and length of a body; each of them may be given. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What came back. */
export interface RawAnswer {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends a request to a port of this machine, and waits until the other side closes the connection. */
export async function rawRequest(
  port: number,
  { method = 'GET', path, headers, body }: RawRequest,
): Promise<RawAnswer> {
  const all = {
    Host: 'localhost',
    Connection: 'close',
    ...(body === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  // What is refused early may be cut off while it is still being sent.
  socket.on('error', () => undefined);
  socket.write(`${method} `);
  socket.write(path);
  socket.write(` HTTP/1.1\r\n${lines.join('')}\r\n`);
  if (body !== undefined) socket.write(body);
  await once(socket, 'close');
  return parse(Buffer.concat(parts).toString('utf8'));
}

function parse(answer: string): RawAnswer {
  const end = answer.indexOf('\r\n\r\n');
  const [first = '', ...lines] = answer.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  return { status: Number(first.split(' ')[1]), headers, body: answer.slice(end + 4) };
}
