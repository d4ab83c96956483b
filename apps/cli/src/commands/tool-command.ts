import { commandName, type ToolInput, type ToolName, toolContract } from '@hybrid-sync/tool-contract';
import { Argument, Command } from 'commander';
import type { z } from 'zod';
import { type ArgumentSpec, argumentSpecs } from '../arguments/argument-spec.js';
import { parseArguments } from '../arguments/parse-arguments.js';
import { TextSource } from '../arguments/text-source.js';
import type { CommandContext } from './command-context.js';

/** Sizes are the api's settings, so they are left to it to check. */
const UNCHECKED = Number.MAX_SAFE_INTEGER;
const CHECKED = toolContract({ maxKeyBytes: UNCHECKED, maxValueBytes: UNCHECKED });
/** Names the usual sizes in its descriptions. */
const DESCRIBED = toolContract();
/** Every tool, in the order of the contract. */
export const TOOL_NAMES = Object.keys(DESCRIBED) as readonly ToolName[];

/** A tool as a command: what help and completion say of it, and how it is called. */
export interface ToolCommand {
  /** Without an action yet. */
  readonly command: Command;
  readonly title: string;
  /** Of its answers. */
  readonly output: z.ZodObject;
  /** Calls the tool with the arguments `name=value`. @throws CommandFailure */
  call(words: readonly string[]): Promise<Record<string, unknown>>;
}

/** Makes the command of a tool; `named`: by this name, if not by the last word of {@link commandName}. */
export function toolCommand(
  tool: ToolName,
  context: CommandContext,
  named = commandName(tool).split(' ').at(-1),
): ToolCommand {
  const { title, description, role, output } = DESCRIBED[tool];
  const specs = argumentsOf(tool);
  const command = new Command(named)
    .summary(title)
    .description(`${description}\n\nTool ${tool}; where the api has tokens it needs the role ${role}.`)
    .usage(usageOf(specs))
    .argument('[words...]')
    .configureHelp({
      visibleArguments: () => specs.map((spec) => new Argument(spec.name, describeArgument(spec))),
      argumentTerm: (argument) => termOf(specs.find((spec) => spec.name === argument.name())),
    });
  if (named !== tool) command.alias(tool);
  return {
    command,
    title,
    output,
    async call(words) {
      const rules = { specs, input: CHECKED[tool].input };
      const args = await parseArguments(words, rules, new TextSource(context.surroundings));
      return context.api().call(tool, args as ToolInput<ToolName>);
    },
  };
}

/** The arguments that the command of a tool takes. */
export function argumentsOf(tool: ToolName): ArgumentSpec[] {
  return argumentSpecs(DESCRIBED[tool].input);
}

function usageOf(specs: readonly ArgumentSpec[]): string {
  const optional = specs.some(({ required }) => !required);
  return [
    '[options]',
    ...specs.filter(({ required }) => required).map(termOf),
    ...(optional ? ['[name=value ...]'] : []),
  ].join(' ');
}

function termOf(spec: ArgumentSpec | undefined): string {
  if (spec === undefined) return '';
  return `${spec.name}=${spec.kind === 'list' ? '<a,b,...>' : `<${spec.choices?.join('|') ?? spec.kind}>`}`;
}

function describeArgument({ description, singular, default: byDefault }: ArgumentSpec): string {
  const single = singular === undefined ? '' : ` Or each as it is: ${singular}=<a> ${singular}=<b>.`;
  const otherwise = byDefault === undefined || byDefault === '' ? '' : ` (default: ${byDefault})`;
  return `${description}${single}${otherwise}`;
}
