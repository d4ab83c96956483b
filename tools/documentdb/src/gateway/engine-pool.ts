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
   * Calls a function of the engine, of `documentdb_api` unless its name has another schema. `columns`: of its result.
   * @returns those of its first row, as text; empty when there is none
   * @throws CommandError for what the engine refuses
   * @throws EngineGoneError when there is no engine
   */
  select(name: string, values: Parameter[], columns = '*'): Promise<(string | null)[]> {
    const text = `SELECT ${columns} FROM ${qualified(name)}(${placesOf(values)})`;
    return this.#run({ name, text }, values, MAX_ATTEMPTS);
  }

  /**
   * The same for a procedure, which gives `results` values. It commits on its way, so what was done before an error stays
   * done: it is never called twice.
   */
  call(name: string, values: Parameter[], results: number): Promise<(string | null)[]> {
    const places = [placesOf(values), ...Array(results).fill('NULL')].join(', ');
    return this.#run({ name, text: `CALL ${qualified(name)}(${places})` }, values, 1);
  }

  /**
   * Asks the engine for a sign of life.
   * @throws EngineGoneError when there is none
   */
  async probe(): Promise<void> {
    await this.#run({ name: 'probe', text: 'SELECT 1' }, [], MAX_ATTEMPTS);
  }

  /** Closes the connections once their statements are done. */
  async stop(): Promise<void> {
    await this.#pool.end();
  }

  /** Prepared once per connection under its name. */
  async #run(
    statement: { readonly name: string; readonly text: string },
    values: Parameter[],
    attempts: number,
  ): Promise<(string | null)[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const query = { ...statement, values, rowMode: 'array' as const, types: TEXT_ONLY };
        const { rows } = await this.#pool.query<(string | null)[]>(query);
        return rows[0] ?? [];
      } catch (error) {
        if (attempt < attempts && wasRolledBack(error)) continue;
        throw clientError(error);
      }
    }
  }
}

function qualified(name: string): string {
  return name.includes('.') ? name : `documentdb_api.${name}`;
}

function placesOf(values: readonly Parameter[]): string {
  return values.map((_, at) => `$${at + 1}`).join(', ');
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
