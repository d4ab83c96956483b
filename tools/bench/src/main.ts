import { progressOn, UsageError } from '@hybrid-sync/replay';
import { bench } from './bench.js';
import { parseOptions } from './options.js';
import { tablesOf } from './report/tables.js';

const EXIT = { passed: 0, failed: 1, usage: 2 } as const;
const EXIT_ON_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/** A signal ended the run before everything was measured. */
class EndedBySignal extends Error {
  readonly exitCode: number;
  constructor(signal: keyof typeof EXIT_ON_SIGNAL) {
    super(`ended by ${signal}`);
    this.exitCode = EXIT_ON_SIGNAL[signal];
  }
}

process.exitCode = await main();

/** The whole program. @returns its exit code */
async function main(): Promise<number> {
  const ended = new AbortController();
  const progress = progressOn(process.stderr);
  // The first signal ends the run in good order; further ones must not cut that short: nothing may be left running.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (ended.signal.aborted) return;
      progress.say(`${signal}: stopping everything that was started`);
      ended.abort(new EndedBySignal(signal));
    });
  }
  try {
    const options = parseOptions(process.argv.slice(2), (text) => process.stdout.write(text));
    if (options === undefined) return EXIT.passed;
    const report = await bench(options, { progress, signal: ended.signal });
    process.stdout.write(`${options.json ? JSON.stringify(report) : tablesOf(report)}\n`);
    return EXIT.passed;
  } catch (error) {
    progress.end();
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
