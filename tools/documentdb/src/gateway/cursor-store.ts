/** How long a cursor may lie unused before it is forgotten, in milliseconds: MongoDB's own default. */
export const CURSOR_TIMEOUT_MS = 600_000;

/** What a cursor needs to go on. */
export interface OpenCursor {
  readonly db: string;
  /** The engine's continuation, in its text form. It holds everything: any connection can go on with it. */
  readonly continuation: string;
}

/**
 * The open cursors of all clients. A cursor is only a continuation, so none holds a connection to the engine or any
 * other thing that had to be given back: a client that vanishes leaves nothing but an entry here until its timeout.
 */
export class CursorStore {
  readonly #cursors = new Map<string, OpenCursor & { readonly usedAt: number }>();
  readonly #now: () => number;

  /** @param now the clock, in milliseconds */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** How many cursors are open. */
  get size(): number {
    return this.#cursors.size;
  }

  /** Keeps a cursor, or its next continuation, under its id. */
  keep(id: string, cursor: OpenCursor): void {
    this.#forgetOld();
    this.#cursors.delete(id);
    this.#cursors.set(id, { ...cursor, usedAt: this.#now() });
  }

  /** The cursor of an id, which stays open. */
  find(id: string): OpenCursor | undefined {
    this.#forgetOld();
    return this.#cursors.get(id);
  }

  /** Closes a cursor. @returns whether it was open */
  close(id: string): boolean {
    return this.#cursors.delete(id);
  }

  /** The map is in order of last use, so the old ones come first. */
  #forgetOld(): void {
    const oldest = this.#now() - CURSOR_TIMEOUT_MS;
    for (const [id, { usedAt }] of this.#cursors) {
      if (usedAt > oldest) return;
      this.#cursors.delete(id);
    }
  }
}
