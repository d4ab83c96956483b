import type { CommandContext } from './command-context.js';
import type { ToolCommand } from './tool-command.js';

/** `scan`: one page, or with `--all` every page, each key once. */
export function scanCommand(tool: ToolCommand, context: CommandContext): void {
  tool.command
    .option('--all', 'go on to the last page; each key is shown once')
    .action(async (words: string[], { all }: { all?: true }) => {
      let page = await tool.call(words);
      if (!all) return context.show(tool.title, page);
      const others = words.filter((word) => !word.startsWith('cursor='));
      const keys = new Set(keysOf(page));
      const pairs = new Map(pairsOf(page));
      while (typeof page.cursor === 'string' && page.cursor !== '0') {
        page = await tool.call([...others, `cursor=${page.cursor}`]);
        for (const key of keysOf(page)) keys.add(key);
        for (const [key, pair] of pairsOf(page)) pairs.set(key, pair);
      }
      const withPairs = page.pairs === undefined ? {} : { pairs: [...pairs.values()] };
      context.show(tool.title, { ...page, keys: [...keys], ...withPairs });
    });
}

function keysOf({ keys }: Readonly<Record<string, unknown>>): string[] {
  return Array.isArray(keys) ? keys.map(String) : [];
}

function pairsOf({ pairs }: Readonly<Record<string, unknown>>): [key: string, pair: object][] {
  return Array.isArray(pairs) ? pairs.map((pair: { key: string }) => [pair.key, pair]) : [];
}
