/** A program that someone starts, watches and stops. */
export interface Program {
  readonly name: string;
  /** TCP port on 127.0.0.1 where it listens. */
  readonly port: number;
  readonly command: string;
  readonly args: readonly string[];
  /** Its whole environment; that of whoever starts it unless given. */
  readonly env?: Readonly<Record<string, string>>;
  /** Has to be done before each start. @throws DocumentdbError */
  readonly prepare?: () => Promise<void>;
  /** Whether it can be used; a rejection counts as false. Without one it says 'ready' over IPC. */
  readonly isReady?: () => Promise<boolean>;
  /** How long it may take to be ready, in milliseconds. */
  readonly readyTimeoutMs: number;
  /** A part of its command line, by which it is known again. */
  readonly commandMark: string;
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
  /** Whether it ends by itself when whoever started it is gone, without IPC. */
  readonly endsWithParent?: boolean;
}

/** The engine could not be prepared. */
export class DocumentdbError extends Error {
  override readonly name = 'DocumentdbError';
}
