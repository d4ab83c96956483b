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
      while (typeof page.cursor === 'string' && page.cursor !== '0') {
        page = await tool.call([...others, `cursor=${page.cursor}`]);
        for (const key of keysOf(page)) keys.add(key);
      }
      context.show(tool.title, { ...page, keys: [...keys] });
    });
}

function keysOf({ keys }: Readonly<Record<string, unknown>>): string[] {
  return Array.isArray(keys) ? keys.map(String) : [];
}
