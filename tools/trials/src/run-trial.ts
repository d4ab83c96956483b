import { progressOn, type RunProgress } from './report/progress.js';
import { UsageError } from './usage-error.js';

/** Exit codes of a tool that measures or checks. */
const EXIT = { passed: 0, failed: 1, usage: 2 } as const;
const EXIT_ON_SIGNAL = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What a program is given. */
export interface ProgramSurroundings {
  /** On standard error; standard output is for the result. */
  readonly progress: RunProgress;
  /** Aborts on the first signal; the program stops what it started and throws the reason. */
  readonly signal: AbortSignal;
}

/**
 * Reads a program's command line.
 * @param argv the arguments alone, without node and script
 * @param print takes the help
 * @returns undefined when only help was asked for, and given
 * @throws UsageError
 */
export type OptionsParser<Options> = (
  argv: readonly string[],
  print: (text: string) => void,
) => Options | undefined;

/** What a program says when a signal ends it. */
export interface ProgramWords {
  /** At once, after the signal's name. */
  readonly ending?: string;
  /** At the end, after the signal's name; nothing unless given. */
  readonly ended?: string;
}

/** What a program has found out. */
export interface Result {
  /** What `--json` prints, as one object. */
  readonly report: object;
  /** What is printed for people. */
  readonly text: string;
  /** Why the run counts as failed, a sentence each; it passed without any. */
  readonly faults?: readonly string[];
}

/** A signal ended the program. */
class EndedBySignal extends Error {
  readonly exitCode: number;
  constructor(signal: keyof typeof EXIT_ON_SIGNAL, ended: string) {
    super(`ended by ${signal}${ended}`);
    this.exitCode = EXIT_ON_SIGNAL[signal];
  }
}

/**
 * Runs a program that measures or checks, from its command line to its report on standard output.
 * @returns its exit code: 0 passed, 1 with faults, 2 after a UsageError, 128 and the signal's number after SIGINT, SIGTERM or SIGHUP, else 1
 */
export async function runTrial<Options extends { readonly json: boolean }>(
  parse: OptionsParser<Options>,
  run: (options: Options, surroundings: ProgramSurroundings) => Promise<Result>,
  { ending = 'stopping everything that was started', ended = '' }: ProgramWords = {},
): Promise<number> {
  const stopping = new AbortController();
  const progress = progressOn(process.stderr);
  // The first signal ends the run in good order; further ones must not cut that short, so they stay handled to the
  // very end: nothing may be left running or changed. npm and the terminal may both deliver the same Ctrl-C.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) return;
      progress.say(`${signal}: ${ending}`);
      stopping.abort(new EndedBySignal(signal, ended));
    });
  }
  // Neither may a defect.
  process.on('uncaughtException', (error) => stopping.abort(error));
  try {
    const print = (text: string) => void process.stdout.write(text);
    const options = parse(process.argv.slice(2), print);
    if (options === undefined) return EXIT.passed;
    const { report, text, faults = [] } = await run(options, { progress, signal: stopping.signal });
    print(`${options.json ? JSON.stringify(report) : text}\n`);
    return faults.length === 0 ? EXIT.passed : EXIT.failed;
  } catch (thrown) {
    progress.end();
    // What fails because everything is being stopped is no news.
    const error = stopping.signal.aborted ? stopping.signal.reason : thrown;
    if (error instanceof EndedBySignal) {
      console.error(error.message);
      return error.exitCode;
    }
    if (error instanceof UsageError) {
      console.error(error.message);
      return EXIT.usage;
    }
    console.error(error);
    return EXIT.failed;
  }
}
