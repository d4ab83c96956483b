import { EXIT, EXIT_ON_SIGNAL, type ExitCode } from './exit-codes.js';

/** What a failure says beside its message. */
export interface FailureDetails {
  /** The argument, option or variable at fault. */
  readonly field?: string | undefined;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** After a condition that did not hold: the version that the cache has, null for no such key. */
  readonly version?: number | null | undefined;
  /** After a sync without a value, of a key that the cache does not hold: what the shadow store says of it. */
  readonly shadow?: object | undefined;
  /** After settings that were changed meanwhile: where they are now. */
  readonly revision?: number | undefined;
  /** Seconds after which a new try makes sense. */
  readonly retryAfterSec?: number | undefined;
}

/** A command that did not do what was asked; the message never holds a value or a token. */
export class CommandFailure extends Error {
  override readonly name: string = 'CommandFailure';
  /** Does not change from version to version: the api's own code where it gave one. */
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly details: FailureDetails;

  constructor(code: string, exitCode: ExitCode, message: string, details: FailureDetails = {}) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
    this.details = details;
  }
}

/** The command line as a whole is wrong: an unknown command or option. */
export class CommandLineError extends CommandFailure {
  override readonly name = 'CommandLineError';
  constructor(message: string, hint?: string) {
    super('USAGE', EXIT.usage, message, { hint });
  }
}

/** An argument, option or variable breaks a rule; the message begins with its name. */
export class ArgumentError extends CommandFailure {
  override readonly name = 'ArgumentError';
  constructor(field: string, message: string, hint?: string) {
    super('INVALID_INPUT', EXIT.usage, `${field}: ${message}`, { field, hint });
  }
}

/** No hybrid-sync api answered. */
export class NoApiError extends CommandFailure {
  override readonly name = 'NoApiError';
  constructor(message: string, hint: string) {
    super('API_UNREACHABLE', EXIT.unreachable, message, { hint });
  }
}

/** A signal ended the command. */
export class EndedBySignal extends Error {
  override readonly name = 'EndedBySignal';
  readonly exitCode: number;
  constructor(signal: keyof typeof EXIT_ON_SIGNAL) {
    super(`ended by ${signal}`);
    this.exitCode = EXIT_ON_SIGNAL[signal];
  }
}
