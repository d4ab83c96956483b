import { givenIn } from './find-context.js';
import type { StartServicesOptions } from './start-services.js';

/** How the projects are called whose tests need no services. */
const UNIT = 'unit';

/**
 * Whether vitest's arguments select tests that need services: they do unless each `--project` is of unit tests, or each path
 * is that of a unit test.
 */
export function needsServices(args: readonly string[]): boolean {
  const projects = selectedProjects(args);
  const paths = args.filter((arg) => !arg.startsWith('-') && /\.test\.ts$/.test(arg));
  const others = args.some((arg) => !arg.startsWith('-') && !/\.test\.ts$/.test(arg));
  if (!others && paths.length > 0 && paths.every((path) => path.endsWith('.unit.test.ts'))) return false;
  return projects.length === 0 || projects.some((project) => !project.startsWith(UNIT));
}

/** The same arguments with the selection narrowed to tests that need no services. */
export function unitOnly(args: readonly string[]): string[] {
  const others = args.filter(
    (arg, index) => !arg.startsWith('--project=') && arg !== '--project' && args[index - 1] !== '--project',
  );
  // A path or name may well fit tests of the other kinds alone; that is then no failure.
  return [...others, '--project', `${UNIT}*`, '--passWithNoTests'];
}

function selectedProjects(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    if (arg.startsWith('--project=')) return [arg.slice('--project='.length)];
    const next = args[index + 1];
    return arg === '--project' && next !== undefined ? [next] : [];
  });
}

/** The services the environment names for tests. */
export function givenForTests(
  env: NodeJS.ProcessEnv,
): Pick<StartServicesOptions, 'givenRedis' | 'givenMongodb'> {
  return { givenRedis: givenIn(env, 'TEST_REDIS_URL'), givenMongodb: givenIn(env, 'TEST_MONGODB_URL') };
}
