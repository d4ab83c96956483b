import pg from 'pg';
import { CommandError } from './command-error.js';
import { errorOfSqlState } from './error-codes.js';

/** Connections to the engine at most. A connection is held for one statement, so many clients share few of them. */
const MAX_CONNECTIONS = 32;
/** How long a statement waits for a free connection, or for a new one to be made, in milliseconds. */
const CONNECT_TIMEOUT_MS = 30_000;
/** How long an unused connection is kept, in milliseconds. */
const IDLE_TIMEOUT_MS = 60_000;
/** A statement that PostgreSQL rolled back whole for these reasons may simply be sent again. */
const ROLLED_BACK = new Set(['40001', '40P01']);
/** How often such a statement is sent in all. */
const MAX_ATTEMPTS = 5;

/** The engine can't be reached or is going away. To a client this has to look like a database that is gone. */
export class EngineGoneError extends Error {
  override readonly name = 'EngineGoneError';
}

/** A statement: one function of the engine, prepared once per connection under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  /** Commits on its way (a `CALL`), so what was done before an error stays done: never sent twice. */
  readonly commitsOnItsWay?: boolean;
}

/** What a parameter may be. Buffers travel in binary, so a document is neither copied into text nor parsed from it. */
export type Parameter = string | number | Buffer | string[] | null;

/** The gateway's connections to the engine. Connects when needed, and again after the engine was away. */
export class EnginePool {
  readonly #pool: pg.Pool;

  /**
   * @param port where the engine listens on 127.0.0.1
   * @param password of its user; asked for whenever a connection is made, since the first start of the engine makes it
   */
  constructor(port: number, password?: () => Promise<string | undefined>) {
    this.#pool = new pg.Pool({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      database: 'postgres',
      ...(password && { password: async () => (await password()) ?? '' }),
      application_name: 'hybrid-sync-gateway',
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      keepAlive: true,
    });
    // An idle connection broke because the engine went away; the pool drops it, and the next statement finds out.
    this.#pool.on('error', () => undefined);
  }

  /**
   * Runs a statement.
   * @returns the columns of its first row, as text; empty when there is none
   * @throws CommandError for what the engine refuses
   * @throws EngineGoneError when there is no engine
   */
  async run(statement: Statement, values: Parameter[]): Promise<(string | null)[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { rows } = await this.#pool.query<(string | null)[]>({
          name: statement.name,
          text: statement.text,
          values,
          rowMode: 'array',
          types: TEXT_ONLY,
        });
        return rows[0] ?? [];
      } catch (error) {
        if (attempt < MAX_ATTEMPTS && !statement.commitsOnItsWay && wasRolledBack(error)) continue;
        throw clientError(error);
      }
    }
  }

  /**
   * Asks the engine for a sign of life.
   * @throws EngineGoneError when there is none
   */
  async probe(): Promise<void> {
    await this.run({ name: 'probe', text: 'SELECT 1' }, []);
  }

  /** Closes the connections once their statements are done. */
  async stop(): Promise<void> {
    await this.#pool.end();
  }
}

/** Columns come as text and stay text: `boolean` as `t` and `f`, documents as hexadecimal digits. */
const TEXT_ONLY = { getTypeParser: () => (text: string) => text };

function wasRolledBack(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined && ROLLED_BACK.has(error.code);
}

/** What the client is told: a refusal by its code, anything else as an engine that is gone. */
function clientError(error: unknown): Error {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) {
    return new EngineGoneError('the engine does not answer', { cause: error });
  }
  // Class 08: the connection; 57P0x: shutting down, crashed, starting up; 53300: no more connections.
  if (error.code.startsWith('08') || error.code.startsWith('57P') || error.code === '53300') {
    return new EngineGoneError(error.message, { cause: error });
  }
  return new CommandError(errorOfSqlState(error.code), error.message, { sqlState: error.code });
}
