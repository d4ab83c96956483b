import type { Progress } from './progress.js';

/** A service someone else runs. */
export interface GivenService {
  readonly url: string;
  /** Name of the environment variable the URL came from. */
  readonly variable: string;
}

/** TCP ports on 127.0.0.1. */
export interface PreferredPorts {
  readonly redis?: number;
  readonly mongodb?: number;
  /** The database engine behind the gateway. */
  readonly engine?: number;
}

/** What finding either service needs to know. */
export interface FindContext {
  readonly dataDir: string;
  /** Folder for logs. */
  readonly logs: string;
  readonly durable: boolean;
  readonly ports: PreferredPorts;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly onUnexpectedExit: ((message: string) => void) | undefined;
}
