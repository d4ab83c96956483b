import { type ToolResult, toolContract } from '@hybrid-sync/tool-contract';
import { printable } from '../output/printable.js';
import { grid } from '../output/tables.js';
import { asksFirst } from './ask-first.js';
import type { CommandContext } from './command-context.js';
import type { ToolCommand } from './tool-command.js';

type Setting = ToolResult<'hybrid_sync_settings'>['settings'][number];

/** The arguments of `settings set` that are not settings themselves. */
const TERMS: readonly string[] = Object.keys(toolContract().hybrid_sync_settings_set.input.shape);

/** `settings get [name]`: all settings in one table; a single one with all that there is to say of it. */
export function settingsGetCommand(tool: ToolCommand, context: CommandContext): void {
  tool.command.usage('[options] [name]').action(async (words: string[]) => {
    const answer = await tool.call(words.map((word) => (isNamed(word) ? word : `name=${word}`)));
    const known = tool.output.safeParse(answer);
    const { settings, revision, readAt } = answer as ToolResult<'hybrid_sync_settings'>;
    if (context.json || !known.success || settings.length === 1) return context.show(tool.title, answer);
    const rows = settings.map((setting) => [setting.name, shownOf(setting), sourceOf(setting)]);
    const state = grid(
      [
        ['revision', String(revision)],
        ['readAt', readAt ?? 'none'],
      ],
      undefined,
      context,
    );
    context.print(context.style.bold(tool.title));
    context.print(`${grid(rows, ['name', 'value', 'from'], context)}\n${state}`);
  });
}

/** `settings set name=value…`: what is no argument of the tool is a setting. */
export function settingsSetCommand(tool: ToolCommand, context: CommandContext): void {
  tool.command
    .usage('[options] <setting>=<value> ... [reason=<text>] [ifRevision=<integer>]')
    .action(async (words: string[]) => {
      const isSetting = (word: string) => isNamed(word) && !TERMS.includes(nameIn(word));
      const settings = words
        .filter(isSetting)
        .map((word) => [nameIn(word), word.slice(word.indexOf('=') + 1)]);
      const given = settings.length === 0 ? [] : [`settings=${JSON.stringify(Object.fromEntries(settings))}`];
      const others = words.filter((word) => !isSetting(word));
      context.show(tool.title, await tool.call([...others, ...given]));
    });
}

/** `settings reset [name…]`: what a dry run found, and then the question. */
export function settingsResetCommand(tool: ToolCommand, context: CommandContext): void {
  tool.command.usage('[options] <setting ...|all=true> [reason=<text>] [ifRevision=<integer>]');
  asksFirst(tool, context, {
    call: (words) => tool.call(words.map((word) => (isNamed(word) ? word : `name=${word}`))),
    wouldChange: ({ settings }) => {
      const count = Array.isArray(settings) ? settings.length : 0;
      return count > 0 ? `these ${count} settings` : undefined;
    },
    asPlanned: (words, { revision }) => {
      const others = words.filter((word) => !word.startsWith('ifRevision='));
      return [...others, `ifRevision=${revision}`];
    },
    applied: (answer) => context.show(tool.title, answer),
  });
}

const isNamed = (word: string) => word.includes('=');
const nameIn = (word: string) => word.slice(0, word.indexOf('='));

function shownOf({ value, hidden }: Setting): string {
  return hidden ? '(not shown)' : printable(String(value ?? ''));
}

function sourceOf({ source, by = '', at = '' }: Setting): string {
  return source === 'run-time' ? printable(`run-time, by ${by}, ${at}`) : source;
}
