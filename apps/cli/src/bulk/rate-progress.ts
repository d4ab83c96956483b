import type { Output } from '../surroundings.js';

/** How often a terminal is told, and how often a log, in milliseconds. */
const TERMINAL_EVERY_MS = 200;
const LOG_EVERY_MS = 10_000;
/** Takes a terminal's line away. */
const CLEAR = '\r\u001b[K';

/** Says how far a stream of pairs has come: a terminal on one line again and again, what is none now and then. */
export class RateProgress {
  readonly #output: Output;
  readonly #startedAt = performance.now();
  #toldAt = performance.now();
  #shown = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** So many pairs are done; `more`: what else to say. */
  update(pairs: number, more = ''): void {
    const now = performance.now();
    const terminal = this.#output.isTTY === true;
    if (now - this.#toldAt < (terminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS)) return;
    this.#toldAt = now;
    const { pairsPerSecond } = this.rate(pairs);
    const text = `${pairs.toLocaleString('en')} pairs, ${pairsPerSecond.toLocaleString('en')}/s${more}`;
    this.#output.write(terminal ? `${CLEAR}${text}` : `${text}\n`);
    this.#shown = terminal;
  }

  /** Takes the line away, before something else is written. */
  clear(): void {
    if (this.#shown) this.#output.write(CLEAR);
    this.#shown = false;
  }

  /** How long it took until now, and how many pairs a second that is. */
  rate(pairs: number): { seconds: number; pairsPerSecond: number } {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    return { seconds: Math.round(100 * seconds) / 100, pairsPerSecond: Math.round(pairs / seconds) };
  }
}
