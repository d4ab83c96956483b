import { parseOptions, type ReplayOptions } from './options.js';
import { replay, resumeFastPath } from './replay.js';
import { progressOn } from './report/progress.js';
import { tablesOf } from './report/tables.js';
import { UsageError } from './usage-error.js';

const EXIT = { passed: 0, failed: 1, usage: 2 } as const;
const EXIT_ON_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/** A signal ended the run before its checks were done. */
class EndedBySignal extends Error {
  readonly exitCode: number;
  constructor(signal: keyof typeof EXIT_ON_SIGNAL) {
    super(`ended by ${signal}; nothing is known of cache and shadow`);
    this.exitCode = EXIT_ON_SIGNAL[signal];
  }
}

process.exitCode = await main();

/** The whole program. @returns its exit code */
async function main(): Promise<number> {
  const ended = new AbortController();
  const progress = progressOn(process.stderr);
  // The first signal ends the run in good order; further ones must not cut short its resuming of the queue,
  // so they stay handled to the very end. npm and the terminal may both deliver the same Ctrl-C.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (ended.signal.aborted) return;
      progress.say(`${signal}: ending; if the fast queue is paused it is resumed first`);
      ended.abort(new EndedBySignal(signal));
    });
  }
  // A defect must not leave the queue paused either.
  process.on('uncaughtException', (error) => ended.abort(error));
  try {
    const options = parseOptions(process.argv.slice(2), (text) => process.stdout.write(text));
    if (options === undefined) return EXIT.passed;
    if (options.resumeFastPath) {
      await resumeFastPath(options, process.env);
      console.log('the fast queue is resumed');
      return EXIT.passed;
    }
    const report = await replay(options, { env: process.env, progress, signal: ended.signal });
    print(report, options);
    return report.faults.length === 0 ? EXIT.passed : EXIT.failed;
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

function print(report: Awaited<ReturnType<typeof replay>>, { json }: ReplayOptions): void {
  process.stdout.write(`${json ? JSON.stringify(report) : tablesOf(report)}\n`);
}
