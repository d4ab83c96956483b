import { CommanderError } from 'commander';
import { CommandFailure, CommandLineError, EndedBySignal } from './errors.js';
import { EXIT } from './exit-codes.js';
import { printable, printableJson } from './output/printable.js';
import { styleFor } from './output/style.js';
import { createProgram } from './program.js';
import type { Surroundings } from './surroundings.js';

const TOKEN_HINT = 'ps would show a token that is given here: use --token-file <file> or HYBRID_SYNC_TOKEN';

/**
 * Runs one command line to its end and tells what went wrong, if something did.
 * @param argv the arguments alone, without node and script
 * @returns the exit code
 */
export async function runCommandLine(
  argv: readonly string[],
  surroundings: Surroundings,
  version: string,
): Promise<number> {
  const { program, context } = createProgram(surroundings, version);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return context.exitCode;
  } catch (thrown) {
    if (surroundings.signal.aborted) return endedBy(surroundings.signal.reason);
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.done;
    const failure = failureOf(thrown);
    // What could not be read as options may hold --json all the same.
    tell(failure, argv.includes('--json'), surroundings);
    return failure.exitCode;
  }
}

function endedBy(reason: unknown): number {
  return reason instanceof EndedBySignal ? reason.exitCode : EXIT.done;
}

function failureOf(thrown: unknown): CommandFailure {
  if (thrown instanceof CommandFailure) return thrown;
  if (thrown instanceof CommanderError) {
    // Without a command, commander has shown the help instead of saying what is wrong.
    const message = thrown.code === 'commander.help' ? 'a command is missing' : thrown.message;
    // What stands after an equals sign may be a value, or a token that somebody gave as an option.
    // An argument where a command should be is not like any command.
    const shown = message.replace(/^error: /, '').replace(/'([^'=]*)=.*'(?:\n.*)?$/s, "'$1=...'");
    return new CommandLineError(shown, shown.includes("'--token") ? TOKEN_HINT : 'see hybrid-sync --help');
  }
  const message = thrown instanceof Error ? thrown.stack || thrown.message : String(thrown);
  return new CommandFailure('INTERNAL', EXIT.no, message, { hint: 'this is a defect of hybrid-sync' });
}

function tell(failure: CommandFailure, asJson: boolean, { stderr }: Surroundings): void {
  const { code, message, details } = failure;
  if (asJson) {
    stderr.write(`${printableJson({ success: false, error: { code, message, ...details } })}\n`);
    return;
  }
  const style = styleFor(stderr);
  const lines = message.split('\n').map(printable).join('\n');
  const retry = details.retryAfterSec === undefined ? [] : [`try again in ${details.retryAfterSec} s`];
  const hints = [...(details.hint === undefined ? [] : [details.hint]), ...retry].map(
    (hint) => `\n${printable(hint)}`,
  );
  stderr.write(`${style.alarm('error:')} ${lines}${hints.join('')}\n`);
}
