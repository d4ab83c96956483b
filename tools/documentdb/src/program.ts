/** A program that someone starts, watches and stops; it serves the same port after each start. */
export interface Program {
  /** For messages and files. */
  readonly name: string;
  /** TCP port on 127.0.0.1 where it listens. */
  readonly port: number;
  readonly command: string;
  readonly args: readonly string[];
  /** Its whole environment; that of whoever starts it unless given. */
  readonly env?: NodeJS.ProcessEnv;
  /** Has to be done before each start. @throws DocumentdbError */
  readonly prepare?: () => Promise<void>;
  /** Whether it can be used; a rejection counts as false. Without one it says 'ready' over IPC. */
  readonly isReady?: () => Promise<boolean>;
  /** How long it may take to be ready, in milliseconds. */
  readonly readyTimeoutMs: number;
  /** A part of its command line, by which it is known again; a leftover without it is left alone. */
  readonly commandMark: string;
  /** Asks it to end, in good order where it can. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM' | 'SIGKILL';
  /** Whether it ends by itself when whoever started it is gone, without IPC. */
  readonly endsWithParent?: boolean;
}

/** The engine could not be prepared. */
export class DocumentdbError extends Error {
  override readonly name = 'DocumentdbError';
}
