import { type Command, CommanderError, InvalidArgumentError } from 'commander';
import { UsageError } from './usage-error.js';

/**
 * Reads a tool's command line.
 *
 * @param command what it takes; its name is the npm script's
 * @param help printed after the options: examples and exit codes
 * @param argv the arguments alone, without node and script
 * @returns what was given, as commander has it, and whether JSON is asked for, which every tool can print; undefined when
 *   only help was asked for, and given
 * @throws UsageError that says where help is
 */
export function readCommandLine<Given extends object>(
  command: Command,
  help: string,
  argv: readonly string[],
  print: (text: string) => void,
): (Given & { readonly json: boolean }) | undefined {
  command
    .option('--json', 'print one JSON object instead of tables')
    .addHelpText('after', help)
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeOut: print, writeErr: () => {} });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(
      `${error.message.replace(/^error: /, '')}\nsee "npm run ${command.name()} -- --help"`,
    );
  }
  return { json: false, ...command.opts<Given>() };
}

/** The command that a reader types to make the same run: that of an npm script, with this process's arguments. */
export function commandOf(script: string): string {
  const argv = process.argv.slice(2);
  return [`npm run ${script}`, ...(argv.length === 0 ? [] : ['--', ...argv])].join(' ');
}

/** Reads a number above 0, up to `most`. */
export function positive(most = Number.MAX_VALUE): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value > 0 && value <= most)) {
      throw new InvalidArgumentError(
        most === Number.MAX_VALUE ? 'It must be above 0.' : `It must be above 0 and at most ${most}.`,
      );
    }
    return value;
  };
}

/** Reads a whole number above 0, up to `most`. */
export function wholeNumber(most?: number): (text: string) => number {
  return (text) => {
    const value = positive(most)(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
    return value;
  };
}
