import { firstFault, inPlainWords } from '@hybrid-sync/input-faults';
import { InvalidInputError, type Pod, type Precondition } from '@hybrid-sync/sync-core';
import type { ToolArguments, ToolName, ToolResult, ToolTerms } from '@hybrid-sync/tool-contract';
import type { z } from 'zod';

/**
 * Gives the signal that aborts when a caller does not wait for its answer any more. It is made when it is asked for: most
 * tools never do, and making and aborting one took 7 % of the processor time of a write over HTTP.
 */
export type CallerGone = () => AbortSignal;

/** How far a long task is. */
export interface TaskProgress {
  /** Keys it has looked at. */
  readonly done: number;
  /** About how many there are, where that is known. */
  readonly total?: number;
  /** The same in words, with what came of it. */
  readonly message: string;
  /** Where a next call would go on, should this one be given up; absent at the end. */
  readonly cursor?: string | undefined;
}

/** Told now and then how far a long task is. */
export type OnProgress = (progress: TaskProgress) => void;

/** What is said of a call beside its arguments. */
export interface CallTerms {
  /** The caller, by the name of its token. */
  readonly by: string;
  /** A long task or a wait ends when its signal aborts, others finish what they do. */
  readonly gone?: CallerGone | undefined;
  /** What has to hold of the pair, where it was said beside the arguments. */
  readonly precondition?: Precondition | undefined;
  /** Told by long tasks. */
  readonly onProgress?: OnProgress | undefined;
}

/** One tool, as the registry holds it and every surface offers it. */
export interface Tool extends ToolTerms {
  readonly name: string;
  /**
   * Checks the arguments and runs the tool.
   * @throws InvalidInputError naming the argument at fault, or what the service throws
   */
  call(args: unknown, terms: CallTerms): Promise<Record<string, unknown>>;
}

/** What runs a tool; it gets checked arguments. */
export type ToolHandler<Name extends ToolName> = (
  args: ToolArguments<Name>,
  pod: Pod,
  terms: CallTerms,
) => Promise<ToolResult<Name>>;

/** A handler for each of these tools. */
export type ToolHandlers<Names extends ToolName = ToolName> = {
  readonly [Name in Names]: ToolHandler<Name>;
};

/** Checks a tool's arguments; none count as empty ones. @throws InvalidInputError naming the argument at fault */
export function checkArguments<Input extends z.ZodObject>(input: Input, args: unknown): z.output<Input> {
  const given = args ?? {};
  const checked = input.safeParse(given);
  if (checked.success) return checked.data;
  // In plain words only where there is a fault: to have them ready takes longer than most checks.
  const { field, message } = firstFault(
    input.safeParse(given, { error: inPlainWords }).error ?? checked.error,
    Object.keys(input.shape),
    'is not an argument of this tool',
  );
  throw new InvalidInputError(field || 'arguments', message);
}
