import { defaultExclude, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** How long a test awaits a condition on real services, in milliseconds; a busy machine is no failure. */
const PATIENCE_MS = 10_000;
/** Workspaces are run from their sources, so that no test meets a stale build. */
const conditions = ['hybrid-sync-source', 'node'];

/** Unit tests of what a process has once: OpenTelemetry keeps the first tracer that a module got. */
const ALONE = '{apps,packages,tools}/*/src/**/tracing/*.unit.test.ts';
/**
 * Trials bring services of their own and load them to their limit: with all the rest beside them a write may time out.
 * Half of a trial is waiting, for services that start, faults that last and queues that empty, so there are three at once.
 */
const TRIALS = 'tools/{fault-test,bench,peak-hour}/src/**/*.e2e.test.ts';

const project = (
  kind: 'unit' | 'int' | 'e2e',
  test: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: kind,
    include: [`{apps,packages,tools}/*/src/**/*.${kind}.test.ts`, `examples/**/*.${kind}.test.ts`],
    expect: { requireAssertions: true, poll: { timeout: PATIENCE_MS } },
    ...test,
  },
});

const E2E = { testTimeout: 120_000, hookTimeout: 120_000 };
const UNIT = { maxWorkers: 3, sequence: { groupOrder: 0 }, testTimeout: 30_000 };

/**
 * Three kinds of test, told apart by their file names: `unit` needs nothing, `int` needs the real services, `e2e`
 * starts real processes on top of them. `npm test` starts the services and names them in the environment. They run one
 * kind after another. Files of one worker share their modules, since loading these took twice as long as the unit tests;
 * an `int` test mostly waits, and an `e2e` test half of its time, so more files than processors are under way.
 */
export default defineConfig({
  test: {
    projects: [
      project('unit', { ...UNIT, isolate: false, exclude: [...defaultExclude, ALONE] }),
      project('unit', { ...UNIT, name: 'unit-alone', include: [ALONE] }),
      project('int', {
        isolate: false,
        maxWorkers: 6,
        sequence: { groupOrder: 1 },
        testTimeout: 60_000,
        hookTimeout: 60_000,
      }),
      project('e2e', {
        ...E2E,
        isolate: false,
        maxWorkers: 3,
        sequence: { groupOrder: 2 },
        exclude: [...defaultExclude, TRIALS],
      }),
      project('e2e', {
        ...E2E,
        name: 'e2e-trials',
        isolate: false,
        include: [TRIALS],
        maxWorkers: 3,
        sequence: { groupOrder: 3 },
      }),
    ],
  },
});
