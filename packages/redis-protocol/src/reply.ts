/** A short word that is no data, such as `OK`. */
export class Status {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An error: its first word is a code that clients know, such as `ERR` or `NOAUTH`. */
export class ErrorReply {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Names with what belongs to them; to clients of RESP2 a list in which they take turns. */
export class MapReply {
  readonly entries: readonly (readonly [Reply, Reply])[];
  constructor(entries: readonly (readonly [Reply, Reply])[]) {
    this.entries = entries;
  }
}

/** A list in no order. */
export class SetReply {
  readonly members: readonly Reply[];
  constructor(members: readonly Reply[]) {
    this.members = members;
  }
}

/** Text for people. */
export class Prose {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What a client is answered; a text or bytes is a bulk string, null is Redis' nil. */
export type Reply =
  | string
  | Buffer
  | number
  | bigint
  | null
  | Status
  | ErrorReply
  | MapReply
  | SetReply
  | Prose
  | readonly Reply[];

/** What most writes are answered. */
export const OK = new Status('OK');

/** The version of the protocol that a client asked for by HELLO. */
export type ProtocolVersion = 2 | 3;

/** About how many bytes a reply takes. */
export function replyBytes(reply: Reply): number {
  const HEAD_BYTES = 16;
  if (typeof reply === 'string' || Buffer.isBuffer(reply)) return HEAD_BYTES + reply.length;
  if (reply instanceof MapReply)
    return reply.entries.reduce((sum, entry) => sum + replyBytes(entry), HEAD_BYTES);
  if (reply instanceof SetReply) return replyBytes(reply.members);
  if (Array.isArray(reply))
    return reply.reduce((sum: number, each: Reply) => sum + replyBytes(each), HEAD_BYTES);
  if (reply instanceof Prose || reply instanceof ErrorReply) return HEAD_BYTES + reply.text.length;
  return HEAD_BYTES;
}
