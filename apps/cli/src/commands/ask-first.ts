import { createInterface } from 'node:readline/promises';
import type { CommandContext } from './command-context.js';
import type { ToolCommand } from './tool-command.js';

/** A tool's answer, of a dry run or not. */
type Answer = Readonly<Record<string, unknown>>;

/** How a tool that has a dry run is called, and what is said of its plan. */
export interface AskedFirst {
  /** Calls the tool, as often as it takes. */
  readonly call: (words: readonly string[]) => Promise<Answer>;
  /** What the plan would change, such as "2 keys"; undefined where that is nothing. */
  readonly wouldChange: (plan: Answer) => string | undefined;
  /** Arguments that stand for what the plan showed, and nothing that came meanwhile; those given unless there are such. */
  readonly asPlanned?: (words: readonly string[], plan: Answer) => readonly string[];
  /** Said after a plan that stays one. */
  readonly afterPlan?: (plan: Answer) => void;
  /** What is shown of the answer once it is applied, and the exit code. */
  readonly applied: (answer: Answer) => void;
}

/** Completes a command: a dry run first, whose plan is shown; then, if that is wanted, the same with `apply=true`. */
export function asksFirst(tool: ToolCommand, context: CommandContext, asked: AskedFirst): void {
  tool.command
    .option('--yes', 'do it without asking; without a terminal nothing is changed unless this is given')
    .action(async (given: string[], { yes }: { yes?: true }) => {
      let words: readonly string[] = given;
      if (!yes && !words.some((word) => word.startsWith('apply='))) {
        const plan = await asked.call([...words, 'apply=false']);
        const change = asked.wouldChange(plan);
        context.show(`${tool.title}: the plan, nothing is changed yet`, plan);
        const canAsk = change !== undefined && !context.json && isTerminal(context);
        if (!canAsk || !(await confirmed(`Change ${change}?`, context))) {
          if (!canAsk && change !== undefined && !context.json)
            context.surroundings.stderr.write('To do it, give the same arguments and --yes\n');
          asked.afterPlan?.(plan);
          return;
        }
        words = asked.asPlanned?.(words, plan) ?? words;
      }
      const toApply = yes || !words.some((word) => word.startsWith('apply='));
      asked.applied(await asked.call(toApply ? [...words, 'apply=true'] : words));
    });
}

/** `discard`: the letters that a dry run found, and then the question. */
export function discardCommand(tool: ToolCommand, context: CommandContext): void {
  asksFirst(tool, context, {
    call: (words) => tool.call(words),
    wouldChange: ({ found }) => (Number(found) > 0 ? `these ${found} dead letters` : undefined),
    // One that is no event's, or a list cut short, can't be said by ids.
    asPlanned: (words, { deadLetters, found }) => {
      const ids = (deadLetters as readonly { id: string }[]).map(({ id }) => id);
      const sayable = ids.length === found && ids.every((id) => /^\d+-\d+$/.test(id));
      return sayable ? ids.map((id) => `id=${id}`) : words;
    },
    applied: (answer) => context.show(tool.title, answer),
  });
}

function isTerminal({ surroundings }: CommandContext): boolean {
  return (
    surroundings.stdout.isTTY === true && 'isTTY' in surroundings.stdin && surroundings.stdin.isTTY === true
  );
}

async function confirmed(question: string, { surroundings }: CommandContext): Promise<boolean> {
  const { stdin, stderr, signal } = surroundings;
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    lines.close();
  }
}
