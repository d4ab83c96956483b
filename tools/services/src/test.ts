import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServicesError, tellError } from './errors.js';
import { type Services, startServices } from './start-services.js';
import { TerminalProgress } from './terminal-progress.js';
import { givenForTests, needsServices, unitOnly } from './test-selection.js';

/**
 * `npm test`: starts services of its own in a fresh folder, runs vitest with their URLs in the environment, stops
 * them, removes the folder, and exits as vitest did. Arguments are vitest's.
 *
 * TEST_REDIS_URL and TEST_MONGODB_URL name services to use instead. Tests write to them: each suite into a database
 * and under a key prefix of its own, which it removes. REDIS_URL and MONGODB_URL, which may well name someone's data,
 * are never used.
 */
const repository = fileURLToPath(new URL('../../..', import.meta.url));
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => interrupted.abort(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  if (!needsServices(args)) return runVitest(args, process.env, interrupted.signal);
  const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-test-'));
  let services: Services | undefined;
  try {
    services = await startServices({
      dataDir: folder,
      ...givenForTests(process.env),
      durable: false,
      progress: new TerminalProgress(),
      signal: interrupted.signal,
      onUnexpectedExit: (message) => console.error(`npm test: ${message}`),
    });
    const env = { ...process.env, TEST_REDIS_URL: services.redisUrl, TEST_MONGODB_URL: services.mongodbUrl };
    return await runVitest(args, env, interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) return exitCodeOf(interrupted.signal.reason);
    if (!(error instanceof ServicesError)) throw error;
    console.error(`npm test: SKIPPING ALL int AND e2e TESTS: ${tellError(error)}`);
    const code = await runVitest(unitOnly(args), process.env, interrupted.signal);
    return process.env.CI ? code || 1 : code;
  } finally {
    await services?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs vitest in the foreground. The terminal sends it Ctrl-C itself; other signals are passed on. */
async function runVitest(args: string[], env: NodeJS.ProcessEnv, interrupted: AbortSignal): Promise<number> {
  if (interrupted.aborted) return exitCodeOf(interrupted.reason);
  const vitest = join(
    dirname(createRequire(join(repository, 'package.json')).resolve('vitest/package.json')),
    'vitest.mjs',
  );
  const child = spawn(process.execPath, [vitest, 'run', ...args], { cwd: repository, env, stdio: 'inherit' });
  const pass = () => {
    if (interrupted.reason !== 'SIGINT' || !process.stdin.isTTY)
      child.kill(interrupted.reason as NodeJS.Signals);
  };
  interrupted.addEventListener('abort', pass);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  interrupted.removeEventListener('abort', pass);
  if (interrupted.aborted) return exitCodeOf(interrupted.reason);
  return code ?? exitCodeOf(signal);
}

/** The exit code that tells a shell which signal ended a command. */
function exitCodeOf(signal: unknown): number {
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}
