import { printable } from '../output/printable.js';
import type { Output } from '../surroundings.js';

/** How many of what was left out for one reason are named. */
const MOST_NAMED = 10;

/** What a load could not take: each refusal is told on `output`, and the first of what is left out for one reason. */
export class LoadCounts {
  readonly #output: Output;
  readonly #leftOut = new Map<string, number>();
  #refused = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Pairs that were refused. */
  get refused(): number {
    return this.#refused;
  }

  /** Something was no pair, or the api did not take it. */
  refuse(name: string, reason: string): void {
    this.#refused++;
    this.#output.write(`${printable(name)}: ${printable(reason)}\n`);
  }

  /** So many were left out by right; named, where one is. */
  leaveOut(reason: string, count: number, name?: string): void {
    if (count === 0) return;
    const sum = (this.#leftOut.get(reason) ?? 0) + count;
    this.#leftOut.set(reason, sum);
    if (name !== undefined && sum <= MOST_NAMED)
      this.#output.write(`left out: ${printable(name)} (${reason})\n`);
  }

  /** For the report. */
  shown(): { refused: number; leftOut?: Record<string, number> } {
    const { size } = this.#leftOut;
    return { refused: this.#refused, ...(size === 0 ? {} : { leftOut: Object.fromEntries(this.#leftOut) }) };
  }
}
