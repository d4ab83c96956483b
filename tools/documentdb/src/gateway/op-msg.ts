import { HEADER_BYTES, MalformedFrameError } from './frame-reader.js';
import { sizedSlice } from './raw-document.js';

/**
 * OP_MSG, the message of every command since the first `hello`, and OP_QUERY with its OP_REPLY, which old and careful
 * clients still use for that first `hello`. Documents stay raw bytes here; nobody decodes a value only to encode it
 * again.
 */

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

const CHECKSUM_PRESENT = 1 << 0;
const MORE_TO_COME = 1 << 1;
/** A receiver must refuse a message with one of the lower 16 flags set that it does not know. */
const REQUIRED_FLAGS = 0xffff;
const CHECKSUM_BYTES = 4;

/** One request, taken apart. */
export interface WireRequest {
  readonly requestId: number;
  /** How the reply has to be packed. */
  readonly replyAs: 'msg' | 'reply';
  /** The client wants no reply (a write with `w: 0`). */
  readonly silent: boolean;
  /** The command: one BSON document. */
  readonly body: Buffer;
  /** Documents sent beside the command (section kind 1): the field's name to its documents, end to end. */
  readonly sequences: ReadonlyMap<string, Buffer>;
}

/**
 * Takes a whole message apart.
 * @throws MalformedFrameError when it is no message of a kind known here
 */
export function decodeRequest(frame: Buffer): WireRequest {
  const requestId = frame.readInt32LE(4);
  const opCode = frame.readInt32LE(12);
  if (opCode === OP_MSG) return decodeMsg(frame, requestId);
  if (opCode === OP_QUERY) return decodeQuery(frame, requestId);
  throw new MalformedFrameError(`op code ${opCode} is not one of OP_MSG and OP_QUERY`);
}

function decodeMsg(frame: Buffer, requestId: number): WireRequest {
  if (frame.length < HEADER_BYTES + 4) throw new MalformedFrameError('OP_MSG without flags');
  const flags = frame.readUInt32LE(HEADER_BYTES);
  if ((flags & REQUIRED_FLAGS & ~(CHECKSUM_PRESENT | MORE_TO_COME)) !== 0) {
    throw new MalformedFrameError(`OP_MSG with unknown flags 0x${flags.toString(16)}`);
  }
  // TCP has its own checksum and this connection never leaves the machine: the CRC-32C is stepped over, not checked.
  const end = frame.length - ((flags & CHECKSUM_PRESENT) !== 0 ? CHECKSUM_BYTES : 0);
  let body: Buffer | undefined;
  const sequences = new Map<string, Buffer>();
  let offset = HEADER_BYTES + 4;
  while (offset < end) {
    const kind = frame[offset];
    const section = sizedSlice(frame, offset + 1, end);
    if (kind === 0 && body === undefined) {
      body = section;
    } else if (kind === 1) {
      const nameEnd = section.indexOf(0, 4);
      if (nameEnd < 0) throw new MalformedFrameError('a document sequence without a name');
      sequences.set(section.toString('utf8', 4, nameEnd), section.subarray(nameEnd + 1));
    } else {
      throw new MalformedFrameError(`OP_MSG with a section of kind ${kind}`);
    }
    offset += 1 + section.length;
  }
  if (body === undefined) throw new MalformedFrameError('OP_MSG without a body');
  return { requestId, replyAs: 'msg', silent: (flags & MORE_TO_COME) !== 0, body, sequences };
}

function decodeQuery(frame: Buffer, requestId: number): WireRequest {
  const nameEnd = frame.indexOf(0, HEADER_BYTES + 4);
  if (nameEnd < 0) throw new MalformedFrameError('OP_QUERY without a collection');
  const body = sizedSlice(frame, nameEnd + 1 + 8, frame.length);
  return { requestId, replyAs: 'reply', silent: false, body, sequences: new Map() };
}

let lastReplyId = 0;

/** The parts of a message that answers `request` with one document, to be written one after the other. */
export function encodeReply(request: WireRequest, document: Uint8Array): [head: Buffer, body: Uint8Array] {
  lastReplyId = (lastReplyId + 1) & 0x7fffffff;
  const isMsg = request.replyAs === 'msg';
  // Behind the header: flags and the section's kind, or flags, a cursor's id, where it begins, and how many documents.
  const head = Buffer.alloc(HEADER_BYTES + (isMsg ? 5 : 20));
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(lastReplyId, 4);
  head.writeInt32LE(request.requestId, 8);
  head.writeInt32LE(isMsg ? OP_MSG : OP_REPLY, 12);
  if (!isMsg) head.writeInt32LE(1, HEADER_BYTES + 16);
  return [head, document];
}
