/** Something this package can't do, with what the person in front of the terminal can do about it. */
export class ServicesError extends Error {
  override readonly name: string = 'ServicesError';
}

/** A service can be had in none of the ways tried. The message says what to install or set. */
export class ServiceUnavailableError extends ServicesError {
  override readonly name = 'ServiceUnavailableError';
  /** Which service. */
  readonly service: 'Redis' | 'MongoDB';

  constructor(service: 'Redis' | 'MongoDB', message: string, options?: ErrorOptions) {
    super(message, options);
    this.service = service;
  }
}

/** A service was started and did not become ready, or ended while it was waited for. */
export class ServiceStartError extends ServicesError {
  override readonly name = 'ServiceStartError';
}

/** Another process works with this data folder. */
export class FolderInUseError extends ServicesError {
  override readonly name = 'FolderInUseError';
}

/** The sentence an error is told with. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
