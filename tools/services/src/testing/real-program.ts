import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** A script of this system as a process of its own. */
export class RealProgram {
  /** What it has printed so far. */
  stdout = '';
  stderr = '';
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #exit: Promise<number | null>;

  /** Starts it; `env` is all of its environment. */
  constructor(script: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout.setEncoding('utf8').on('data', (part: string) => {
      this.stdout += part;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (part: string) => {
      this.stderr += part;
    });
    this.#exit = once(this.#child, 'close').then(([code]) => code);
  }

  /** Everything that it has printed so far. */
  get output(): string {
    return this.stdout + this.stderr;
  }

  /** Whether it has ended. */
  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /**
   * Resolves once it has printed this on its standard error.
   * @throws Error when it ends without
   */
  async said(text: string): Promise<void> {
    let ended = false;
    while (!this.stderr.includes(text)) {
      if (ended) throw new Error(`it ended without saying "${text}":\n${this.stderr}`);
      ended = await Promise.race([
        once(this.#child.stderr, 'data').then(() => false),
        this.#exit.then(() => true),
      ]);
    }
  }

  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with the exit code once it has ended; null when a signal ended it. */
  exit(): Promise<number | null> {
    return this.#exit;
  }

  /** Ends it, whatever its state. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.hasEnded) this.signal(signal);
    await this.#exit;
  }
}
