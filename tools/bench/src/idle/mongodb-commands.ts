import { ServiceLine } from '@hybrid-sync/services/line';

/** The opcode of MongoDB's messages that carry commands. */
const OP_MSG = 2013;
/** So much of a message tells its command: header, flags, kind of section, length of the document, its first name. */
const HEAD_BYTES = 96;
/** Where in it the opcode and the name of the document's first element are. */
const OPCODE_AT = 12;
const NAME_AT = 26;

/**
 * Counts the commands that a client of MongoDB sends on one connection, as its bytes pass: each message says its length
 * first, and its command is the first name in its document.
 * @param count is told of each command
 * @returns takes in what the client sent next
 */
export function commandCounter(count: (command: string) => void): (part: Buffer) => void {
  let head: Buffer = Buffer.alloc(0);
  /** Bytes of the message now passing that need not be looked at. */
  let toSkip = 0;
  return (part) => {
    let rest = part;
    while (rest.length > 0) {
      const skipped = Math.min(toSkip, rest.length);
      toSkip -= skipped;
      rest = rest.subarray(skipped);
      if (rest.length === 0) return;
      head = Buffer.concat([head, rest]);
      if (head.length < 4) return;
      const length = head.readInt32LE(0);
      if (head.length < Math.min(length, HEAD_BYTES)) return;
      if (head.readInt32LE(OPCODE_AT) === OP_MSG) {
        count(head.toString('latin1', NAME_AT, head.indexOf(0, NAME_AT)));
      }
      rest = head.subarray(length);
      toSkip = Math.max(length - head.length, 0);
      head = Buffer.alloc(0);
    }
  };
}

/**
 * Opens a line to MongoDB on which every command is counted, by its name; the caller stops it.
 * @returns with `taken`: how many of each command passed since it was last called
 */
export async function openCountingLine(mongodbUrl: string) {
  let counts = new Map<string, number>();
  const line = await ServiceLine.to(mongodbUrl, () =>
    commandCounter((name) => counts.set(name, (counts.get(name) ?? 0) + 1)),
  );
  await line.open();
  return {
    url: line.url,
    connections: () => line.connections,
    taken() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
    stop: () => line.cut(),
  };
}
