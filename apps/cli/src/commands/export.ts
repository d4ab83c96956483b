import { once } from 'node:events';
import type { ToolResult } from '@hybrid-sync/tool-contract';
import { Command } from 'commander';
import { pairLine } from '../bulk/pair-line.js';
import { RateProgress } from '../bulk/rate-progress.js';
import { patiently, RetryWaits } from '../bulk/retry-waits.js';
import type { CommandContext } from './command-context.js';
import { PATIENCE_MS } from './load.js';

/** About how many keys the cache looks at for a page. */
const PAGE_KEYS = 1000;

const EXPLANATION = `
The pairs come in the cache's order, which is none. Each line is written alike, so sorted they compare:
hybrid-sync export | LC_ALL=C sort -u. A key may come twice where keys are written meanwhile; load takes
the last, which is the newest. What is exported is the cache: a pair that only the shadow store has
comes after a restore.`;

/** What `export` is given. */
interface ExportOptions {
  readonly prefix: string;
  readonly cursor: string;
}

/** `export`: writes the cache's pairs to standard output, a line each. */
export function exportCommand(context: CommandContext): Command {
  return new Command('export')
    .summary('Write the pairs as NDJSON')
    .description(
      'Writes pairs to standard output, one a line, as JSON (NDJSON) that load takes; their expiries are moments, and stay.',
    )
    .option('--prefix <prefix>', 'only keys that start with this', '')
    .option('--cursor <cursor>', 'begin here, as an export that ended early said', '0')
    .addHelpText('after', EXPLANATION)
    .action((options: ExportOptions) => exportPairs(options, context));
}

async function exportPairs({ prefix, cursor: from }: ExportOptions, context: CommandContext): Promise<void> {
  const { stdout, stderr, signal } = context.surroundings;
  const api = context.api();
  const progress = new RateProgress(stderr);
  const pageAt = (cursor: string) => {
    const page = patiently(
      () => api.call('kv_scan', { prefix, cursor, limit: PAGE_KEYS, values: true }),
      // An api that never answered is more likely not there than away.
      new RetryWaits(cursor === from ? 0 : PATIENCE_MS, signal),
    );
    // It is awaited once the page before is written.
    page.catch(() => {});
    return page;
  };
  let [cursor, exported] = [from, 0];
  try {
    let next: Promise<ToolResult<'kv_scan'>> | undefined = pageAt(cursor);
    while (next !== undefined) {
      const page: ToolResult<'kv_scan'> = await next;
      next = page.cursor === '0' ? undefined : pageAt(page.cursor);
      const pairs = page.pairs ?? [];
      if (!stdout.write(pairs.map(pairLine).join(''))) await once(stdout, 'drain', { signal });
      [cursor, exported] = [page.cursor, exported + pairs.length];
      progress.update(exported);
    }
  } catch (error) {
    progress.clear();
    stderr.write(`${exported} pairs are written. To go on, append what --cursor ${cursor} gives\n`);
    throw signal.aborted ? signal.reason : error;
  }
  progress.clear();
  const { seconds, pairsPerSecond } = progress.rate(exported);
  stderr.write(`${exported} pairs in ${seconds} s, ${pairsPerSecond}/s\n`);
}
