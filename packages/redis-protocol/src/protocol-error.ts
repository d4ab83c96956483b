/** What a client sent is no request: it is told so in Redis' words, and its connection is closed. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  constructor(what: string) {
    super(`Protocol error: ${what}`);
  }
}
