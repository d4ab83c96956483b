import type { z } from 'zod';
import { type Living, living } from './living.js';
import type { PodRoster } from './pod-roster.js';

/** What was read is good for so long, in milliseconds: many may ask at once. */
const GOOD_FOR_MS = 500;

/** Who lives, and what each says of itself, read from a roster when someone asks. */
export class LiveRoster<Word extends object> {
  readonly #roster: Pick<PodRoster, 'look'>;
  readonly #schema: z.ZodType<Word>;
  readonly #forgetAfterMs: () => number;
  #read: { readonly at: number; readonly all: readonly Living<Word>[] } | undefined;
  #reading: Promise<void> | undefined;

  /** `forgetAfterMs`: who has not spoken for so many milliseconds is dead. */
  constructor(roster: Pick<PodRoster, 'look'>, schema: z.ZodType<Word>, forgetAfterMs: () => number) {
    this.#roster = roster;
    this.#schema = schema;
    this.#forgetAfterMs = forgetAfterMs;
  }

  /** All that live, this process included; undefined where Redis does not answer, and did not lately. */
  async all(): Promise<readonly Living<Word>[] | undefined> {
    const age = () => Date.now() - (this.#read?.at ?? 0);
    if (age() > GOOD_FOR_MS) {
      this.#reading ??= this.#look().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
    return age() > this.#forgetAfterMs() + GOOD_FOR_MS ? undefined : this.#read?.all;
  }

  async #look(): Promise<void> {
    const entries = await this.#roster.look(this.#forgetAfterMs()).catch(() => undefined);
    if (entries !== undefined) this.#read = { at: Date.now(), all: living(entries, this.#schema) };
  }
}
