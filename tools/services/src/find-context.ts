import type { Progress } from './progress.js';

/** A service someone else runs. */
export interface GivenService {
  readonly url: string;
  /** Name of the environment variable the URL came from. */
  readonly variable: string;
}

/** A service that can be used. */
export interface FoundService {
  readonly url: string;
  readonly origin: 'given' | 'started';
  /** Where it came from, in words. */
  readonly where: string;
  /** Stops it, when it was started here. */
  stop(): Promise<void>;
}

/** A given service, as it is used. */
export function asGiven({ url, variable }: GivenService): FoundService {
  const where = `${variable}, neither started nor stopped here`;
  return { url, origin: 'given', where, stop: async () => undefined };
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
