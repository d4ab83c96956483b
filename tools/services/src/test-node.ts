import { execa } from 'execa';
import { ServicesError, tellError } from './errors.js';
import { findNode } from './node/find-node.js';
import { npmTest } from './run-vitest.js';

/** The command line, an api and a projector as processes: what differs between releases of Node shows where they start. */
const SMOKE = ['apps/cli/src/mcp-bridge.e2e.test.ts', 'tools/observability/src/scrape/scrape.e2e.test.ts'];
const USAGE = `Usage: npm run test:node -- [--unit] <version>...

Runs the unit tests and a smoke test on other releases of Node, such as 22, 24 or 26.10.0; with --unit no smoke test.`;
const UNIT_ONLY = '--unit';

process.exitCode = await main(process.argv.slice(2));

/** `npm run test:node`: 0 when everything passed on each version, 1 when not, 2 for bad arguments. */
async function main(words: string[]): Promise<number> {
  const versions = words.filter((word) => word !== UNIT_ONLY);
  const runs = [['--project', 'unit*'], ...(words.includes(UNIT_ONLY) ? [] : [SMOKE])];
  if (versions.length === 0 || versions.some((version) => !/^\d+(\.\d+\.\d+)?$/.test(version))) {
    console.error(USAGE);
    return 2;
  }
  const failed: string[] = [];
  for (const version of versions) if (!(await passesOn(version, runs))) failed.push(version);
  if (failed.length > 0) console.error(`test:node: failed on ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

async function passesOn(version: string, runs: readonly string[][]): Promise<boolean> {
  try {
    const node = await findNode(version);
    const { stdout } = await execa(node, ['--version']);
    console.log(`\nNode ${stdout.slice(1)}`);
    // Whatever the tests start in turn is started on the same release.
    for (const args of runs) if ((await npmTest(args, { node })) !== 0) return false;
    return true;
  } catch (error) {
    if (!(error instanceof ServicesError)) throw error;
    console.error(tellError(error));
    return false;
  }
}
