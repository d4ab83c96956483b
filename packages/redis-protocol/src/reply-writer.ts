import { ErrorReply, MapReply, Prose, type ProtocolVersion, type Reply, SetReply, Status } from './reply.js';

/** Bytes from which data is not copied into the text beside it. */
const LARGE = 4096;

/** Writes replies one behind the other, to be sent together. */
export class ReplyWriter {
  #text = '';
  #parts: (string | Buffer)[] = [];

  /** Writes a reply as this version of the protocol has it. */
  write(reply: Reply, protocol: ProtocolVersion): void {
    if (typeof reply === 'string') this.#bulkText(reply);
    else if (Buffer.isBuffer(reply)) this.#bulkBytes(reply);
    else if (reply === null) this.#text += protocol === 3 ? '_\r\n' : '$-1\r\n';
    else if (typeof reply === 'number' || typeof reply === 'bigint') this.#text += `:${reply}\r\n`;
    else if (reply instanceof Status) this.#text += `+${reply.text}\r\n`;
    else if (reply instanceof ErrorReply) this.#text += `-${oneLine(reply.text)}\r\n`;
    else if (reply instanceof Prose) this.#prose(reply, protocol);
    else if (reply instanceof MapReply) this.#map(reply, protocol);
    else if (reply instanceof SetReply) this.#list(protocol === 3 ? '~' : '*', reply.members, protocol);
    else this.#list('*', reply as readonly Reply[], protocol);
  }

  /** Takes what was written since it was last called. */
  take(): readonly (string | Buffer)[] {
    const parts = this.#text === '' ? this.#parts : [...this.#parts, this.#text];
    this.#parts = [];
    this.#text = '';
    return parts;
  }

  #bulkText(text: string): void {
    this.#text += `$${Buffer.byteLength(text)}\r\n`;
    if (text.length < LARGE) this.#text += `${text}\r\n`;
    else {
      this.#parts.push(this.#text, text);
      this.#text = '\r\n';
    }
  }

  #bulkBytes(bytes: Buffer): void {
    this.#parts.push(`${this.#text}$${bytes.length}\r\n`, bytes);
    this.#text = '\r\n';
  }

  #prose({ text }: Prose, protocol: ProtocolVersion): void {
    if (protocol === 2) this.#bulkText(text);
    else this.#text += `=${Buffer.byteLength(text) + 4}\r\ntxt:${text}\r\n`;
  }

  #map({ entries }: MapReply, protocol: ProtocolVersion): void {
    this.#text += protocol === 3 ? `%${entries.length}\r\n` : `*${2 * entries.length}\r\n`;
    for (const [name, value] of entries) {
      this.write(name, protocol);
      this.write(value, protocol);
    }
  }

  #list(mark: string, members: readonly Reply[], protocol: ProtocolVersion): void {
    this.#text += `${mark}${members.length}\r\n`;
    for (const member of members) this.write(member, protocol);
  }
}

/** An error ends where its line does, whatever it repeats of a request. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}
