export { ProtocolError } from './protocol-error.js';
export { REFUSED_COMMANDS } from './refused-commands.js';
export {
  ErrorReply,
  MapReply,
  OK,
  Prose,
  type ProtocolVersion,
  type Reply,
  replyBytes,
  SetReply,
  Status,
} from './reply.js';
export { ReplyWriter } from './reply-writer.js';
export { type RedisRequest, type RequestBounds, RequestParser } from './request-parser.js';
export {
  type CommandTerms,
  fitsArity,
  isServed,
  keyPlaces,
  SERVED_COMMANDS,
  type ServedCommand,
} from './served-commands.js';
