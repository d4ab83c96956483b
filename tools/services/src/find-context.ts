import { messageOf, ServiceUnavailableError } from './errors.js';
import type { Progress } from './progress.js';

/** A service someone else runs. */
export interface GivenService {
  readonly url: string;
  /** Name of the environment variable the URL came from. */
  readonly variable: string;
}

/** The service that a variable of an environment names; an empty one names none. */
export function givenIn(env: NodeJS.ProcessEnv, variable: string): GivenService | undefined {
  const url = env[variable];
  return url ? { url, variable } : undefined;
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

/** Makes sure that a given service answers. @throws ServiceUnavailableError when `ask` fails */
export async function requireAnswer(
  what: string,
  variable: string,
  ask: () => Promise<unknown>,
): Promise<void> {
  try {
    await ask();
  } catch (error) {
    throw new ServiceUnavailableError(
      `${variable} is set, but no ${what} answers there (${messageOf(error)}). Start it, or unset ${variable}.`,
      { cause: error },
    );
  }
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
