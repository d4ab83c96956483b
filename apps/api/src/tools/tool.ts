import { InvalidInputError, type Pod } from '@hybrid-sync/sync-core';
import type { z } from 'zod';

/** What a caller, human or model, may assume of a tool; the hints of the MCP specification. */
export interface ToolHints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  /** False: a tool touches this service's own data and nothing else. */
  readonly openWorldHint: false;
}

/** One tool, as the registry holds it and every surface offers it. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  /** Says when to use it. */
  readonly description: string;
  readonly hints: ToolHints;
  /** Strict: an argument that is not named here is an error. */
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /**
   * Checks the arguments and runs the tool.
   * @throws InvalidInputError naming the argument at fault, or what the service throws
   */
  call(args: unknown): Promise<Record<string, unknown>>;
}

/** The parts of {@link Tool} that each tool's file gives; `run` gets checked arguments. */
export interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly hints: ToolHints;
  readonly input: Input;
  readonly output: Output;
  readonly run: (args: z.output<Input>, pod: Pod) => Promise<z.output<Output>>;
}

/** For a tool that changes nothing. */
export const READS: ToolHints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
/** For a tool that may overwrite or delete, and whose repetition leaves the same pair. */
export const WRITES: ToolHints = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  openWorldHint: false,
};

/** A tool that still has to be given its pod. */
type UnboundTool = (pod: Pod) => Tool;

/** Makes a tool of its definition: arguments are checked before it runs. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output>,
): UnboundTool {
  const { run, ...described } = definition;
  return (pod) => ({
    ...described,
    call: async (args) => {
      const checked = described.input.safeParse(args ?? {});
      if (!checked.success) throw invalidInput(checked.error);
      return run(checked.data, pod);
    },
  });
}

function invalidInput({ issues }: z.ZodError): InvalidInputError {
  const [first] = issues;
  const field = first?.code === 'unrecognized_keys' ? first.keys[0] : first?.path.join('.');
  const message = first?.code === 'unrecognized_keys' ? 'is not an argument of this tool' : first?.message;
  return new InvalidInputError(field || 'arguments', message ?? 'is not valid');
}

/** Calls a tool by its name. The function throws what {@link Tool.call} throws. */
export function callerOf(
  tools: ReadonlyMap<string, Tool>,
): (name: string, args: unknown) => ReturnType<Tool['call']> {
  return (name, args) => {
    const tool = tools.get(name);
    if (tool === undefined) throw new Error(`the registry lacks ${name}`);
    return tool.call(args);
  };
}
