import type { Output } from '../surroundings.js';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const TO_TOP = '\x1b[H';
const CLEAR_TO_END_OF_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** A terminal's second screen, redrawn in place; what was on the first one is there again after {@link Screen.close}. */
export class Screen {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
    output.write(ENTER);
  }

  /** Draws a text in place of the last one; lines for which the terminal is too low are left out at the end. */
  draw(text: string): void {
    const { rows = 24 } = this.#output;
    const lines = text.split('\n').slice(0, rows);
    this.#output.write(TO_TOP + lines.map((line) => line + CLEAR_TO_END_OF_LINE).join('\r\n') + CLEAR_BELOW);
  }

  close(): void {
    this.#output.write(LEAVE);
  }
}
