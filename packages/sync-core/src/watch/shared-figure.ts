import type { Logger } from 'pino';
import { z } from 'zod';
import { reasonOf } from '../errors.js';
import type { Sampled } from './background-sample.js';

/** What was seen longer ago says nothing any more, in milliseconds. */
const FORGOTTEN_AFTER_MS = 60_000;
/** A look that takes longer counts as not answered. */
const PATIENCE_MS = 5000;

/** What a {@link SharedFigure} is. */
export interface FigureOptions<T> {
  /** Its name, for the other processes and the log. */
  readonly name: string;
  /** What is told of it has to be like. */
  readonly schema: z.ZodType<T>;
  /** Looks at it. */
  readonly look: () => Promise<T>;
  /** Longest time between two looks, in milliseconds. */
  readonly everyMs: () => number;
  readonly log: Logger;
}

const told = z.object({ at: z.number(), mark: z.number(), answers: z.boolean(), value: z.unknown() });

/**
 * Something of the whole deployment that one process, the lookout, looks at for all:
 *
 *   this process is the lookout ─ looks when it is due ─▶ seen ─▶ told
 *   another one is ──────────────── its word is heard ──▶ seen
 *
 * A look that fails leaves what was seen before, which is forgotten when it is a minute old; who asks for the state of now
 * ({@link value}) is told nothing then.
 */
export class SharedFigure<T> {
  readonly #options: FigureOptions<T>;
  readonly #seenBy: ((seen: Sampled<T>) => void)[] = [];
  readonly #failedBy: ((error: unknown) => void)[] = [];
  #last: Sampled<T> | undefined;
  #answers = false;
  /** When this process looked last, or heard of it, on the process's own clock. */
  #newsAt = Number.NEGATIVE_INFINITY;
  /** How long that holds with no further word, in milliseconds. */
  #newsHoldMs = PATIENCE_MS;
  #looking: { readonly since: number; readonly ended: Promise<void> } | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** What the last of what was heard is told apart by: the lookout's clock. */
  #mark: number | undefined;
  #blindSince = Date.now();
  #heardOf = false;
  readonly #firstNews: Promise<void>;
  #hasFirstNews: () => void = () => undefined;

  constructor(options: FigureOptions<T>) {
    this.#options = options;
    this.#firstNews = new Promise((resolve) => {
      this.#hasFirstNews = resolve;
    });
  }

  /** Its name. */
  get name(): string {
    return this.#options.name;
  }

  /** What was seen last; undefined before the first time, and when that is too long ago. */
  get last(): Sampled<T> | undefined {
    const last = this.#last;
    return last === undefined || Date.now() - last.at > FORGOTTEN_AFTER_MS ? undefined : last;
  }

  /** What was seen last; undefined before the first time, after a look that failed, and while nothing is heard. */
  value(): T | undefined {
    return this.#isAnswered() && performance.now() - this.#newsAt <= this.#newsHoldMs
      ? this.#last?.value
      : undefined;
  }

  /** The same, which waits for the first word of it. */
  async known(): Promise<T | undefined> {
    if (!this.#heardOf) await this.#firstNews;
    return this.value();
  }

  /** `seen` is called with what is seen anew, `failed` when it can't be. */
  follow(seen: (seen: Sampled<T>) => void, failed: (error: unknown) => void = () => undefined): void {
    this.#seenBy.push(seen);
    this.#failedBy.push(failed);
  }

  /** The lookout looks, if it is time to; resolves when that look, or one under way, has ended. It never rejects. */
  async lookWhenDue(): Promise<void> {
    const now = performance.now();
    if (this.#looking === undefined && now - this.#lookedAt >= this.#options.everyMs()) {
      const ended = this.#look(now);
      this.#looking = { since: now, ended };
    }
    // What is not due yet still holds.
    this.#newsAt = now;
    this.#newsHoldMs = PATIENCE_MS;
    await this.#looking?.ended;
  }

  /** Resolves when a look under way has ended. */
  async lookEnded(): Promise<void> {
    await this.#looking?.ended;
  }

  /** How long there was no look that succeeded, in milliseconds; 0 while they do. */
  get blindMs(): number {
    return this.#isAnswered() ? 0 : Date.now() - this.#blindSince;
  }

  /** What the lookout tells of it; `ahead`: by how much Redis' clock is ahead of this process' one, in milliseconds. */
  told(ahead: number): object | undefined {
    const last = this.#last;
    return last && { at: last.at + ahead, mark: last.at, answers: this.#isAnswered(), value: last.value };
  }

  /** Takes in what the lookout told of it, which holds for so many milliseconds with no further word. */
  heard(word: unknown, ahead: number, holdsMs: number): void {
    const parsed = told.safeParse(word);
    if (!parsed.success) return;
    const { at, mark, answers, value } = parsed.data;
    this.#hasNews(answers, holdsMs);
    if (!answers) this.cannotBeSeen(new Error('the lookout does not see it'));
    if (mark === this.#mark) return;
    this.#mark = mark;
    const seen = this.#options.schema.safeParse(value);
    if (seen.success) this.#sees({ at: at - ahead, value: seen.data });
  }

  /** Nothing is heard of it. */
  cannotBeSeen(error: unknown): void {
    for (const failed of this.#failedBy) failed(error);
    this.#heardOf = true;
    this.#hasFirstNews();
  }

  async #look(startedAt: number): Promise<void> {
    try {
      const value = await this.#options.look();
      this.#hasNews(true);
      this.#sees({ at: Date.now(), value });
    } catch (error) {
      this.#hasNews(false);
      const { name, log } = this.#options;
      log.debug({ reason: reasonOf(error) }, `${name} could not be looked at`);
      this.cannotBeSeen(error);
    } finally {
      this.#looking = undefined;
      this.#lookedAt = startedAt;
    }
  }

  #hasNews(answers: boolean, holdMs = PATIENCE_MS): void {
    if (answers) this.#blindSince = Date.now();
    this.#answers = answers;
    this.#newsAt = performance.now();
    this.#newsHoldMs = holdMs;
  }

  #sees(seen: Sampled<T>): void {
    this.#last = seen;
    this.#heardOf = true;
    this.#hasFirstNews();
    for (const follower of this.#seenBy) follower(seen);
  }

  #isAnswered(): boolean {
    const looking = this.#looking;
    return this.#answers && (looking === undefined || performance.now() - looking.since <= PATIENCE_MS);
  }
}
