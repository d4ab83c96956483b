import { type ProtocolVersion, type Reply, type ReplyWriter, replyBytes } from '@hybrid-sync/redis-protocol';

/** Commands of one connection that are under way, at most. */
const MOST_UNDER_WAY = 256;
/** The same at its beginning, and after a large answer: how large those are that it will get, nobody knows before. */
const FEW_UNDER_WAY = 16;
/** Bytes from which an answer is large. */
const LARGE = 64 * 1024;
/** Bytes of its requests and replies at which no more of its commands begin. */
export const MOST_BYTES = 1024 * 1024;

/** Whose commands they are. */
export interface CommandsOwner {
  /** A command has its reply. */
  replied(begun: BegunCommand, reply: Reply): void;
  /** See {@link BegunCommand.next}. */
  next(begun: BegunCommand): Promise<void>;
}

/** A command that was begun, and its reply once there is one. */
export class BegunCommand {
  readonly requestBytes: number;
  reply: Reply | undefined;
  /** It is not written: the client asked for none. */
  silent = false;
  replyBytes = 0;
  /** Has it go on, where it waits until it is the next to be written. */
  goOn: (() => void) | undefined;
  protocol: ProtocolVersion;
  readonly #owner: CommandsOwner;

  constructor(requestBytes: number, protocol: ProtocolVersion, owner: CommandsOwner) {
    this.requestBytes = requestBytes;
    this.protocol = protocol;
    this.#owner = owner;
  }

  /** It has its reply. */
  replied(reply: Reply): void {
    this.#owner.replied(this, reply);
  }

  /** Resolves when it is the next whose reply is written, and those before it are taken. */
  next(): Promise<void> {
    return this.#owner.next(this);
  }
}

/** The commands of one connection that were begun: they are answered in the order in which they came. */
export class BegunCommands {
  /** In the order of their commands. */
  #all: BegunCommand[] = [];
  /** How many of them, at the front, are written. */
  #written = 0;
  #bytes = 0;
  #mostUnderWay = FEW_UNDER_WAY;

  /** Bytes of the requests that are under way, and of the replies to them that are there. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether all are written. */
  get areWritten(): boolean {
    return this.#all.length === this.#written;
  }

  /** Whether one more may begin. */
  get haveRoom(): boolean {
    return this.#all.length - this.#written < this.#mostUnderWay && this.#bytes < MOST_BYTES;
  }

  /** A command begins. */
  push(requestBytes: number, protocol: ProtocolVersion, owner: CommandsOwner): BegunCommand {
    const begun = new BegunCommand(requestBytes, protocol, owner);
    this.#all.push(begun);
    this.#bytes += requestBytes;
    return begun;
  }

  /** A command has its reply. */
  replied(begun: BegunCommand, reply: Reply): void {
    begun.reply = reply;
    begun.replyBytes = replyBytes(reply);
    this.#bytes += begun.replyBytes;
    this.#mostUnderWay =
      begun.replyBytes >= LARGE ? FEW_UNDER_WAY : Math.min(MOST_UNDER_WAY, this.#mostUnderWay + 1);
  }

  /** The next one to be written has its turn, if it waits for that. */
  nextGoesOn(): void {
    this.#all[this.#written]?.goOn?.();
  }

  /** Writes the replies that are there, up to the first that is not. */
  writeTo(writer: ReplyWriter): void {
    let begun = this.#all[this.#written];
    while (begun?.reply !== undefined) {
      if (!begun.silent) writer.write(begun.reply, begun.protocol);
      this.#bytes -= begun.requestBytes + begun.replyBytes;
      // It stays in the list for a while, and would hold what no longer counts.
      begun.reply = undefined;
      this.#written++;
      begun = this.#all[this.#written];
    }
    if (this.#written > MOST_UNDER_WAY || begun === undefined) {
      this.#all = this.#all.slice(this.#written);
      this.#written = 0;
    }
  }
}
