import type { Command } from 'commander';
import { CommandClient } from '../api/command-client.js';
import { type Connection, type ConnectionOptions, connectionOf } from '../api/connection.js';
import { EXIT } from '../exit-codes.js';
import { printableJson } from '../output/printable.js';
import { hasColours, type Style, styleFor } from '../output/style.js';
import { resultTables } from '../output/tables.js';
import type { Surroundings } from '../surroundings.js';

/** The options that stand before or after every command. */
interface GlobalOptions extends ConnectionOptions {
  readonly json?: true;
}

/** What every command works with. */
export class CommandContext {
  readonly surroundings: Surroundings;
  /** Of this program. */
  readonly version: string;
  /** What the program will end with. */
  exitCode: number = EXIT.done;
  readonly #program: Command;

  constructor(program: Command, surroundings: Surroundings, version: string) {
    this.#program = program;
    this.surroundings = surroundings;
    this.version = version;
  }

  /** Whether answers are printed as JSON. */
  get json(): boolean {
    return this.#program.opts<GlobalOptions>().json === true;
  }

  /** How text on standard output is set off. */
  get style(): Style {
    return styleFor(this.surroundings.stdout);
  }

  /** Widest line on standard output, in characters. */
  get width(): number {
    const { isTTY, columns } = this.surroundings.stdout;
    return isTTY && columns ? columns : Number.POSITIVE_INFINITY;
  }

  /** Where the api is, by options and environment. @throws ArgumentError */
  connection(): Connection {
    return connectionOf(this.#program.opts<GlobalOptions>(), this.surroundings.env);
  }

  /** A client for that api. @throws ArgumentError */
  api(): CommandClient {
    return new CommandClient(this.connection(), this.surroundings.signal);
  }

  /** Prints an answer: one JSON document, or a title and tables. */
  show(title: string, result: Readonly<Record<string, unknown>>): void {
    if (this.json) this.print(printableJson(result));
    else this.print(`${this.style.bold(title)}\n${resultTables(result, this)}`);
  }

  /** Prints to standard output, and a line break. */
  print(text: string): void {
    this.surroundings.stdout.write(`${text}\n`);
  }
}

/** How help is shown, on the same terms as everything else. */
export function configureHelp(command: Command, { stdout, stderr }: Surroundings): void {
  command.configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
    // What is wrong is told by whoever ends the program, in its own way.
    outputError: () => {},
    getOutHelpWidth: () => (stdout.isTTY && stdout.columns ? stdout.columns : 80),
    getErrHelpWidth: () => (stderr.isTTY && stderr.columns ? stderr.columns : 80),
    getOutHasColors: () => hasColours(stdout),
    getErrHasColors: () => hasColours(stderr),
  });
}
