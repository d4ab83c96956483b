import { readFile } from 'node:fs/promises';
import { parseTokenEntries, type TokenBook, TokenEntryError } from '@hybrid-sync/access-tokens';
import { reasonOf } from '@hybrid-sync/sync-core';
import type { Logger } from 'pino';

/** Time between two looks at the file, in milliseconds. */
const LOOK_EVERY_MS = 2000;

/**
 * Follows the file of `API_TOKENS_FILE`: what it holds is accepted, and what it no longer holds refused, within seconds
 * and without a restart. A file that can't be read or used changes nothing and is told of once. Whoever starts one
 * stops it. It looks rather than being told: mounted secrets are replaced by links, which watchers miss.
 */
export class TokenFile {
  readonly #path: string;
  readonly #book: TokenBook;
  readonly #log: Pick<Logger, 'info' | 'error'>;
  #seen: string | undefined;
  #fault: string | undefined;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `book`: as the file was at the start; its entries are replaced. */
  constructor(path: string, book: TokenBook, log: Pick<Logger, 'info' | 'error'>) {
    this.#path = path;
    this.#book = book;
    this.#log = log;
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
      const text = await readFile(this.#path, 'utf8');
      if (text !== this.#seen) this.#take(text);
      this.#fault = undefined;
    } catch (error) {
      const fault = error instanceof TokenEntryError ? error.message : reasonOf(error);
      if (fault !== this.#fault) {
        this.#log.error(
          { file: this.#path },
          `the tokens stay as they were, the file can't be used: ${fault}`,
        );
      }
      this.#fault = fault;
    }
  }

  #take(text: string): void {
    const entries = parseTokenEntries(text);
    if (entries.length === 0) throw new TokenEntryError(['holds no token']);
    const isFirst = this.#seen === undefined;
    this.#book.replace(entries);
    this.#seen = text;
    if (!isFirst) this.#log.info(`the token file has changed: ${entries.length} tokens are accepted`);
  }
}
