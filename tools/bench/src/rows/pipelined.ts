import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { OpenRow, RowSurroundings } from './row.js';

/** Longest that an answer may take, in milliseconds. */
const PATIENCE_MS = 30_000;
/** Pairs that are made ready between two waits for their shadows, and how long such a wait is, in milliseconds. */
const READY_TOGETHER = 1000;
const SHADOWS_MS = 30_000;
/** How an error begins, or the answer for a key that is not there, behind another answer. */
const FAULTS = ['\r\n-', '\r\n$-'];

/** GET to whatever speaks Redis' protocol: this system where the row has a server, else Redis itself. */
export async function pipelinedGet(surroundings: RowSurroundings): Promise<OpenRow> {
  const row = await pipelined(surroundings, ({ key, value }) => ({
    request: command('GET', key),
    reply: `$${Buffer.byteLength(value)}\r\n${value}\r\n`,
  }));
  try {
    await row.fill();
    return row;
  } catch (error) {
    await row.close();
    throw error;
  }
}

/** SET to the same; this system answers once its journal has the write, as Redis would. */
export function pipelinedSet(surroundings: RowSurroundings): Promise<OpenRow> {
  return pipelined(surroundings, ({ key, value }) => ({
    request: command('SET', key, value),
    reply: '+OK\r\n',
  }));
}

interface Exchange {
  readonly request: string;
  readonly reply: string;
}

/** The connections of a row: a call takes one that is free, and opens one where none is. */
async function pipelined(
  { redisUrl, serverUrl, pairs: given }: RowSurroundings,
  exchange: (pair: { key: string; value: string }) => Exchange,
): Promise<OpenRow & { fill(): Promise<void> }> {
  const url = new URL(serverUrl ?? redisUrl);
  // Other rows write the same keys to the same Redis, some with values of another length.
  const ownKey = (key: string) => (serverUrl === undefined ? key.replace(/^bench:/, 'piped:') : key);
  const pairAt = (number: number) => {
    const { key, value } = given.at(number);
    return { key: ownKey(key), value };
  };
  const lines: Line[] = [];
  const openAnother = async () => {
    const line = await openLine(url);
    lines.push(line);
    return line;
  };
  const free: Line[] = [await openAnother()];
  // Calls of different lengths follow each other, so they count their pairs themselves.
  let next = 0;
  const withLine = async <T>(work: (line: Line) => Promise<T>): Promise<T> => {
    const line = free.pop() ?? (await openAnother());
    const done = await work(line);
    free.push(line);
    return done;
  };
  return {
    write(_number, batch) {
      let request = '';
      let replyBytes = 0;
      for (let each = 0; each < batch; each++) {
        const made = exchange(pairAt(next++));
        request += made.request;
        replyBytes += Buffer.byteLength(made.reply);
      }
      return withLine(async (line) => {
        await line.ask(request, replyBytes);
        return undefined;
      });
    },
    /** Sets the pairs of the first pass; where their shadows follow, they have done so. */
    fill: () =>
      withLine(async (line) => {
        for (let from = 0; from < given.keys.length; from += READY_TOGETHER) {
          const some = given.keys.slice(from, from + READY_TOGETHER).map((_, index) => pairAt(from + index));
          const sets = some.map(({ key, value }) => command('SET', key, value)).join('');
          await line.ask(sets, '+OK\r\n'.length * some.length);
          await line.ask(
            command('WAIT', serverUrl === undefined ? '0' : '1', String(SHADOWS_MS)),
            ':1\r\n'.length,
          );
        }
      }),
    async close() {
      for (const line of lines) line.close();
    },
  };
}

function command(...parts: readonly string[]): string {
  return `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;
}

type Line = Awaited<ReturnType<typeof openLine>>;

/**
 * A connection that says who it is, and counts bytes of answers, whose lengths are known: a client that makes objects of them
 * would cost more than what is measured.
 */
async function openLine({ hostname, port, username, password }: URL) {
  const socket = createConnection({ host: hostname, port: Number(port || 6379), timeout: PATIENCE_MS });
  let asked: { left: number; resolve: () => void; reject: (error: Error) => void } | undefined;
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    if (asked === undefined) return;
    asked.left -= chunk.length;
    const isFault = chunk[0] === 45 || FAULTS.some((fault) => chunk.includes(fault));
    if (asked.left > 0 && !isFault) return;
    if (asked.left === 0 && !isFault) asked.resolve();
    else asked.reject(new Error(`an unexpected answer: ${chunk.toString('latin1', 0, 200)}`));
    asked = undefined;
  });
  socket.on('timeout', () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => asked?.reject(new Error('the connection was closed before its answer came')));
  await once(socket, 'connect');
  const line = {
    /** Sends commands. @throws Error for an answer that is an error, or of another length */
    ask: (request: string, replyBytes: number): Promise<void> =>
      new Promise((resolve, reject) => {
        asked = { left: replyBytes, resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
  const [name, secret] = [username, password].map(decodeURIComponent);
  if (secret) {
    const given = line.ask(command('AUTH', ...(name ? [name] : []), secret), '+OK\r\n'.length);
    await given.catch((error: unknown) => {
      line.close();
      throw error;
    });
  }
  return line;
}
