import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

/** `npm test` as it is, on a test of its own that takes no time. */
const TEST = fileURLToPath(new URL('../dist/test.js', import.meta.url));
const QUICK = 'tools/services/src/test-selection';
/** Nothing listens there. */
const NOWHERE = 'redis://127.0.0.1:1';

async function npmTest(args: string[], env: NodeJS.ProcessEnv = {}) {
  const { all, exitCode } = await execa(process.execPath, [TEST, ...args], {
    all: true,
    reject: false,
    stdin: 'ignore',
    env: { CI: '', VITEST: undefined, ...env },
  });
  return { output: all, exitCode };
}

test('unit tests start no services', async () => {
  const { output, exitCode } = await npmTest(['--project', 'unit', QUICK], { TEST_REDIS_URL: NOWHERE });
  expect(output).not.toContain('Redis');
  expect(output).toContain('1 passed');
  expect(exitCode).toBe(0);
});

test('exits as vitest does', async () => {
  const { exitCode } = await npmTest(['--project', 'unit', 'there/is/no/such/test']);
  expect(exitCode).toBe(1);
});

test('without a service it runs the unit tests, and says loudly what is skipped', async () => {
  const { output, exitCode } = await npmTest([QUICK], { TEST_REDIS_URL: NOWHERE });
  expect(output).toMatch(/SKIPPING ALL int AND e2e TESTS: TEST_REDIS_URL is set, but no Redis answers there/);
  expect(output).toContain('1 passed');
  expect(exitCode).toBe(0);
});

test('which fails where CI is set', async () => {
  const { exitCode } = await npmTest([QUICK], { TEST_REDIS_URL: NOWHERE, CI: 'true' });
  expect(exitCode).toBe(1);
});
