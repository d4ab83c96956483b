import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { ArgumentError } from '../errors.js';

/** How often it is written while lines are taken, in milliseconds. */
const EVERY_MS = 1000;

/** Keeps the line to go on from in a file, so that a load that was killed goes on as well. */
export class StateFile {
  readonly #file: string;
  #writtenAt = performance.now();

  constructor(file: string) {
    this.#file = file;
  }

  /** The line that it holds; the first one where there is no such file. @throws ArgumentError */
  read(): number {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 1;
      throw new ArgumentError('--resume', "can't read the file");
    }
    const line = /^\{"line":([1-9]\d{0,14})\}\n$/.exec(text)?.[1];
    if (line === undefined) throw new ArgumentError('--resume', 'the file is no state of a load');
    return Number(line);
  }

  /** Writes the line, if it is time. */
  passing(line: () => number): void {
    if (performance.now() - this.#writtenAt >= EVERY_MS) this.write(line());
  }

  /** Writes the line: the file holds the one before or this one, at any moment. @throws ArgumentError */
  write(line: number): void {
    this.#writtenAt = performance.now();
    try {
      writeFileSync(`${this.#file}.new`, `{"line":${line}}\n`);
      renameSync(`${this.#file}.new`, this.#file);
    } catch {
      throw new ArgumentError('--resume', "can't write the file");
    }
  }

  /** Nothing is left to go on with. */
  remove(): void {
    rmSync(this.#file, { force: true });
  }
}
