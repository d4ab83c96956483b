import type { Api } from './api.js';

/** Some of what is listed, and where the rest begins; null: there is no more. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor: string | null;
}

/** How a {@link PagedList} reads: `page` items at first and with each press, and `most` in one call. */
export interface PagedListOptions<Item> {
  readonly page: number;
  readonly most: number;
  /** Asks for up to `limit` items behind a cursor; from the beginning without one. */
  readonly read: (api: Api, limit: number, cursor: string | undefined) => Promise<Page<Item>>;
}

/**
 * A list that is longer than what is shown of it. Read anew it has as many items as before, so that nobody loses their
 * place because something changed. One reading follows the other: of two at a time the one that began first could end
 * last, and take back what the other had listed.
 */
export class PagedList<Item> {
  readonly #options: PagedListOptions<Item>;
  #items: readonly Item[] = [];
  #cursor: string | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PagedListOptions<Item>) {
    this.#options = options;
  }

  /** What is listed. */
  get items(): readonly Item[] {
    return this.#items;
  }

  /** Whether there is more than is listed. */
  get hasMore(): boolean {
    return this.#cursor !== null;
  }

  /** Reads what is listed anew, a page at least. @throws what reading throws; then the list is as it was */
  reload(api: Api): Promise<void> {
    return this.#inTurn(async () => {
      const { page, most, read } = this.#options;
      const limit = Math.min(Math.max(page, this.#items.length), most);
      ({ items: this.#items, cursor: this.#cursor } = await read(api, limit, undefined));
    });
  }

  /** Lists a page more. @returns how many there were before, undefined where there was no more @throws as `reload` */
  more(api: Api): Promise<number | undefined> {
    return this.#inTurn(async () => {
      if (this.#cursor === null) return undefined;
      const { items, cursor } = await this.#options.read(api, this.#options.page, this.#cursor);
      const before = this.#items.length;
      [this.#items, this.#cursor] = [[...this.#items, ...items], cursor];
      return before;
    });
  }

  #inTurn<Result>(load: () => Promise<Result>): Promise<Result> {
    const loaded = this.#last.then(load);
    this.#last = loaded.catch(() => undefined);
    return loaded;
  }
}
