import { addReport, type Report, stopReason } from '@hybrid-sync/client';
import { EXIT } from '../exit-codes.js';
import { ProgressBar } from '../output/progress-bar.js';
import { asksFirst } from './ask-first.js';
import type { CommandContext } from './command-context.js';
import type { ToolCommand } from './tool-command.js';

/** What one call works for, in milliseconds, unless the arguments say otherwise: short, so that progress is seen. */
const BUDGET_MS = 5000;
/** Of a task that waits for nothing. */
const BUDGET = { budgetMs: BUDGET_MS };
/** How long one call waits for what is on its way, in milliseconds, unless told otherwise: all that its budget allows. */
const WAIT_MS = BUDGET_MS;

/** `verify`: all calls one after the other; exit code 1 unless cache and shadows agree. */
export function verifyCommand(tool: ToolCommand, context: CommandContext): void {
  tool.command.action(async (words: string[]) => {
    const report = await callUntilComplete(tool, words, context);
    context.show(tool.title, report);
    if (report.health !== 'HEALTHY') context.exitCode = EXIT.no;
    tellHowToGoOn(report, context);
  });
}

/** `restore`: all calls one after the other. */
export function restoreCommand(tool: ToolCommand, context: CommandContext): void {
  tool.command.action(async (words: string[]) =>
    showEnd(await callUntilComplete(tool, words, context), tool, context),
  );
}

/** `import`: a dry run first, which names what would be imported; then, if that is wanted, the import. */
export function importCommand(tool: ToolCommand, context: CommandContext): void {
  tool.command.option('--match <pattern>', 'the same as match=<pattern>');
  asksFirst(tool, context, {
    call: (words) => {
      const { match } = tool.command.opts<{ match?: string }>();
      return callUntilComplete(tool, match === undefined ? words : [...words, `match=${match}`], context);
    },
    wouldChange: ({ importable }) => (Number(importable) > 0 ? `the cache by ${importable} keys` : undefined),
    afterPlan: (plan) => tellHowToGoOn(plan, context),
    applied: (report) => showEnd(report, tool, context),
  });
}

/** `repair`: a dry run first, whose plan is shown; then, if that is wanted, the repair. */
export function repairCommand(tool: ToolCommand, context: CommandContext): void {
  asksFirst(tool, context, {
    call: (words) => callUntilComplete(tool, words, context),
    wouldChange: ({ differing }) => (Number(differing) > 0 ? `these ${differing} keys` : undefined),
    afterPlan: (plan) => tellHowToGoOn(plan, context),
    applied: (report) => showEnd(report, tool, context),
  });
}

/** `del-prefix`: a dry run first, which counts; then, if that is wanted, the deletions. */
export function deletePrefixCommand(tool: ToolCommand, context: CommandContext): void {
  asksFirst(tool, context, {
    call: (words) => callUntilComplete(tool, words, context, BUDGET),
    wouldChange: ({ keys }) => (Number(keys) > 0 ? `these ${keys} keys` : undefined),
    afterPlan: (plan) => tellHowToGoOn(plan, context),
    applied: (report) => showEnd(report, tool, context),
  });
}

function showEnd(report: Report, tool: ToolCommand, context: CommandContext): void {
  context.show(tool.title, report);
  const failed = (report.done as { failed?: number } | undefined)?.failed ?? 0;
  if (report.complete !== true || failed > 0) context.exitCode = EXIT.no;
  tellHowToGoOn(report, context);
}

/** Calls the tool again and again, each call at the cursor of the one before, until it is complete or says it stopped. */
async function callUntilComplete(
  tool: ToolCommand,
  words: readonly string[],
  context: CommandContext,
  defaults: Readonly<Record<string, number>> = { ...BUDGET, waitMs: WAIT_MS },
): Promise<Report> {
  const given = Object.entries(defaults).reduce(
    (all: readonly string[], [name, value]) => withDefault(all, name, String(value)),
    words,
  );
  const others = given.filter((word) => !word.startsWith('cursor='));
  const progress = new ProgressBar(tool.title, context.surroundings.stderr);
  let cursor: unknown;
  try {
    let report = await tool.call(given);
    for (;;) {
      progress.update(report);
      if (report.complete === true || stopReason(report) !== undefined) return report;
      cursor = report.cursor;
      report = addReport(report, await tool.call([...others, `cursor=${cursor}`]));
    }
  } catch (error) {
    progress.end();
    // The api ended, or Ctrl-C came: what was done until then need not be done again.
    if (cursor !== undefined) tellCursor(cursor, context);
    throw error;
  } finally {
    progress.end();
  }
}

function withDefault(words: readonly string[], name: string, value: string): string[] {
  return words.some((word) => word.startsWith(`${name}=`)) ? [...words] : [...words, `${name}=${value}`];
}

function tellHowToGoOn(report: Report, { json, surroundings }: CommandContext): void {
  const reason = stopReason(report);
  if (reason === undefined || json) return;
  surroundings.stderr.write(`stopped: ${reason}\n`);
  tellCursor(report.cursor, { surroundings });
}

function tellCursor(cursor: unknown, { surroundings }: Pick<CommandContext, 'surroundings'>): void {
  surroundings.stderr.write(`To go on, give the same arguments and cursor=${cursor}\n`);
}
