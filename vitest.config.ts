import { defineConfig } from 'vitest/config';

const tests = (kind: string) => `{apps,packages,tools}/*/src/**/*.${kind}.test.ts`;

/**
 * Three kinds of test, told apart by their file names: `unit` needs nothing, `int` needs the real services, `e2e`
 * starts real processes on top of them. `npm test` starts the services and names them in the environment.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: [tests('unit')], testTimeout: 30_000 } },
      { test: { name: 'int', include: [tests('int')], testTimeout: 30_000, hookTimeout: 60_000 } },
      {
        test: {
          name: 'e2e',
          include: [tests('e2e')],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
