/** A connection URL that can't be used. The message says why, and quotes nothing that may be part of a credential. */
export class UrlFaultError extends Error {
  override readonly name: string = 'UrlFaultError';
}
