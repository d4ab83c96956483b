import { readFile } from 'node:fs/promises';
import { readTokenEntries, type TokenBook } from '@hybrid-sync/access-tokens';
import { reasonOf } from '@hybrid-sync/sync-core';
import type { Logger } from 'pino';

/** Time between two looks at the file, in milliseconds. */
const LOOK_EVERY_MS = 2000;
/** What says that there is no such file. */
const GONE = new Set(['ENOENT', 'ENOTDIR']);

/**
 * Follows the file of `API_TOKENS_FILE`: what it holds is accepted, and what it no longer holds refused, within seconds
 * and without a restart. A line at fault is left out, and the others count: a token whose line is gone is refused even
 * then. A file that is empty or gone means that nobody is let in. Only of a file that can't be read is nothing known:
 * the tokens stay as they were. Whatever keeps it from being used as a whole is told of once, and for how long.
 *
 * Whoever starts one stops it. It looks rather than being told: mounted secrets are replaced by links, which watchers
 * miss.
 */
export class TokenFile {
  readonly #path: string;
  readonly #book: TokenBook;
  readonly #log: Pick<Logger, 'info' | 'error'>;
  readonly #now: () => number;
  #seen: string | undefined;
  #fault: string | undefined;
  #unusableSince: number | undefined;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `book`: as the file was at the start; its entries are replaced. `now`: the clock, in milliseconds. */
  constructor(
    path: string,
    book: TokenBook,
    log: Pick<Logger, 'info' | 'error'>,
    now = () => performance.now(),
  ) {
    this.#path = path;
    this.#book = book;
    this.#log = log;
    this.#now = now;
  }

  /** For how long the file could not be used as a whole, in seconds; 0 while it can. */
  get unusableSeconds(): number {
    return this.#unusableSince === undefined ? 0 : (this.#now() - this.#unusableSince) / 1000;
  }

  /** Begins to look. `everyMs`: time between two looks, in milliseconds. */
  start(everyMs = LOOK_EVERY_MS): void {
    this.#timer ??= setInterval(() => {
      this.#looking ??= this.look().finally(() => {
        this.#looking = undefined;
      });
    }, everyMs).unref();
  }

  /** Ends it; resolves when a look under way has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** Looks at the file once. */
  async look(): Promise<void> {
    try {
      this.#take(await readFile(this.#path, 'utf8'));
    } catch (error) {
      if (isGone(error)) this.#take('', 'is gone');
      else this.#tell(`can't be read, the tokens stay as they were: ${reasonOf(error)}`);
    }
  }

  #take(text: string, emptiness = 'holds no token'): void {
    const { entries, faults } = readTokenEntries(text);
    if (text !== this.#seen) {
      const isFirst = this.#seen === undefined;
      this.#book.replace(entries);
      this.#seen = text;
      if (!isFirst) this.#log.info(`the token file has changed: ${entries.length} tokens are accepted`);
    }
    if (faults.length > 0) this.#tell(`is at fault, its other lines count: ${faults.join('; ')}`);
    else if (entries.length === 0) this.#tell(`${emptiness}: nobody is let in`);
    else this.#tell(undefined);
  }

  #tell(fault: string | undefined): void {
    if (fault !== undefined && fault !== this.#fault) {
      this.#log.error({ file: this.#path }, `the token file ${fault}`);
    }
    this.#fault = fault;
    this.#unusableSince = fault === undefined ? undefined : (this.#unusableSince ?? this.#now());
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && GONE.has(String(error.code));
}
