import ora, { type Ora } from 'ora';
import type { Progress, ProgressStep } from './progress.js';

/** How often the elapsed time is shown anew, in milliseconds. */
const REFRESH_MS = 200;
/** Elapsed time is worth a word from here on, in milliseconds. */
const SLOW_MS = 1_000;

interface OpenStep {
  readonly name: string;
  readonly beganAt: number;
  text: string;
}

/**
 * Shows steps on a terminal: one spinner for all that are under way, with the time each takes, and a line for each
 * that is done. Where the output is no terminal, or one of unknown width, there is no spinner, only a line when a step begins, says more, or is
 * done.
 */
export class TerminalProgress implements Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #spins: boolean;
  readonly #open = new Set<OpenStep>();
  #spinner: Ora | undefined;
  #refresh: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    // Some terminals don't know how wide they are (0 columns). The spinner would divide by that, and never come back.
    this.#spins = stream.isTTY === true && stream.columns > 0;
  }

  begin(name: string): ProgressStep {
    const step: OpenStep = { name, beganAt: performance.now(), text: '' };
    this.#open.add(step);
    this.#show();
    return {
      say: (text) => {
        step.text = text;
        if (!this.#spins) this.#stream.write(`- ${name}: ${text}\n`);
        this.#show();
      },
      done: (text) => this.#end(step, `✔ ${name}: ${text}${elapsed(step)}`),
      failed: () => this.#end(step, `✖ ${name}${elapsed(step)}`),
    };
  }

  #end(step: OpenStep, line: string): void {
    if (!this.#open.delete(step)) return;
    this.#spinner?.stop();
    this.#spinner = undefined;
    this.#stream.write(`${line}\n`);
    this.#show();
  }

  /** Brings the spinner up to date, starting and stopping it. */
  #show(): void {
    if (!this.#spins) return;
    if (this.#open.size === 0) {
      clearInterval(this.#refresh);
      this.#refresh = undefined;
      return;
    }
    const text = [...this.#open].map((step) => {
      const what = step.text === '' ? step.name : `${step.name}: ${step.text}`;
      return what + elapsed(step);
    });
    // The input is not the spinner's to guard: Ctrl-C has to arrive as it is.
    this.#spinner ??= ora({ stream: this.#stream, discardStdin: false }).start();
    this.#spinner.text = text.join(' · ');
    this.#refresh ??= setInterval(() => this.#show(), REFRESH_MS);
  }
}

function elapsed({ beganAt }: OpenStep): string {
  const ms = performance.now() - beganAt;
  return ms < SLOW_MS ? '' : ` (${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s)`;
}
