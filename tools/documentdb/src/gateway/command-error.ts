import { type Document, serialize } from 'bson';
import { codeOf, type ErrorCodeName } from './error-codes.js';

/** A command is refused; the client gets it as the command's reply with `ok: 0`. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** MongoDB's name of the error. */
  readonly codeName: ErrorCodeName;
  /** The engine's SQLSTATE, where the error came from there. */
  readonly sqlState: string | undefined;
  /** Further fields of the reply. */
  readonly details: Document;

  constructor(
    codeName: ErrorCodeName,
    message: string,
    { sqlState, details = {} }: { sqlState?: string; details?: Document } = {},
  ) {
    super(message);
    this.codeName = codeName;
    this.sqlState = sqlState;
    this.details = details;
  }

  /** The reply that tells the client. */
  toReply(): Uint8Array {
    return serialize({
      ok: 0,
      errmsg: this.message,
      code: codeOf(this.codeName),
      codeName: this.codeName,
      ...this.details,
    });
  }
}
