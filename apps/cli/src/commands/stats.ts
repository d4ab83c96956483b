import { ArgumentError } from '../errors.js';
import { watchStats } from '../watch/watch-stats.js';
import type { CommandContext } from './command-context.js';
import type { ToolCommand } from './tool-command.js';

/** Shortest and longest time between two looks, in seconds. */
const INTERVAL_SEC = { min: 0.1, max: 3600 };

/** `stats`, which can also keep looking. */
export function statsCommand(tool: ToolCommand, context: CommandContext): void {
  tool.command
    .option('--watch', 'keep looking until Ctrl-C; with --json, one document a line')
    .option('--interval <seconds>', 'time between two looks', '1')
    .action(async (words: string[], { watch, interval }: { watch?: true; interval: string }) => {
      const intervalMs = 1000 * checkedInterval(interval);
      if (watch) await watchStats(() => tool.call(words), intervalMs, context);
      else context.show(tool.title, await tool.call(words));
    });
}

function checkedInterval(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const { min, max } = INTERVAL_SEC;
  if (!(seconds >= min && seconds <= max)) {
    throw new ArgumentError('--interval', `must be a number of seconds from ${min} to ${max}`);
  }
  return seconds;
}
