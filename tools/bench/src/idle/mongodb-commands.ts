/** The opcode of MongoDB's messages that carry commands. */
const OP_MSG = 2013;
/** So much of a message tells its command: header, flags, kind of section, length of the document, its first name. */
const HEAD_BYTES = 96;
/** Where in it the length, the opcode, and the type of the document's first element are. */
const OPCODE_AT = 12;
const ELEMENT_AT = 25;

/**
 * Counts the commands that a client of MongoDB sends on one connection, as its bytes pass: each message says its length
 * first, and its command is the first name in its document.
 */
export class MongodbCommands {
  readonly #count: (command: string) => void;
  #head: Buffer = Buffer.alloc(0);
  /** Bytes of the message now passing that need not be looked at. */
  #toSkip = 0;

  /** `count` is told of each command. */
  constructor(count: (command: string) => void) {
    this.#count = count;
  }

  /** Takes in what the client sent next. */
  take(part: Buffer): void {
    let rest = part;
    while (rest.length > 0) {
      const skipped = Math.min(this.#toSkip, rest.length);
      this.#toSkip -= skipped;
      rest = rest.subarray(skipped);
      if (rest.length === 0) return;
      this.#head = Buffer.concat([this.#head, rest]);
      if (this.#head.length < 4) return;
      const length = this.#head.readInt32LE(0);
      if (this.#head.length < Math.min(length, HEAD_BYTES)) return;
      if (this.#head.readInt32LE(OPCODE_AT) === OP_MSG) this.#count(commandIn(this.#head));
      rest = this.#head.subarray(Math.min(length, this.#head.length));
      this.#toSkip = length - Math.min(length, this.#head.length);
      this.#head = Buffer.alloc(0);
    }
  }
}

function commandIn(message: Buffer): string {
  const nameAt = ELEMENT_AT + 1;
  return message.toString('latin1', nameAt, message.indexOf(0, nameAt));
}
