import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RealProgram } from '@hybrid-sync/services/real-program';
import { afterEach, beforeEach } from 'vitest';

/** What the tests of a trial's program start, one after another. */
export interface TrialTests {
  /** The test's temporary folder, which is the program's, too. */
  readonly folder: string;
  /** Starts the program, which knows nothing of the services of `npm test`; it ends with the test. */
  start(...args: string[]): RealProgram;
  /** What the program has left in its temporary folder. */
  left(): Promise<string[]>;
}

/** A program that the tests of a file run, given its built script; called once, at the top of the file. */
export function trialTests(main: URL): TrialTests {
  let folder = '';
  let running: RealProgram | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-trial-e2e-'));
  });
  afterEach(async () => {
    await running?.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    start: (...args) => {
      const { PATH, HOME } = process.env;
      running = new RealProgram(fileURLToPath(main), args, { PATH, HOME, TMPDIR: folder });
      return running;
    },
    left: () => readdir(folder),
  };
}
