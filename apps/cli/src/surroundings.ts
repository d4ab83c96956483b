import type { Readable, Writable } from 'node:stream';

/** Where a command writes to; the rest is there where it is a terminal. */
export type Output = Writable & {
  readonly isTTY?: boolean;
  /** Size of the terminal, in characters. */
  readonly columns?: number;
  readonly rows?: number;
};

/** What a command gets from outside, so that tests can give it something else. */
export interface Surroundings {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts with the error to end with: the command stops what it does and throws it. */
  readonly signal: AbortSignal;
}
