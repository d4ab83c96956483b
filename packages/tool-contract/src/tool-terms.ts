import type { Role } from '@hybrid-sync/access-tokens';
import type { z } from 'zod';

/** What a caller, human or model, may assume of a tool; the hints of the MCP specification. */
export interface ToolHints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  /** False: a tool touches this service's own data and nothing else. */
  readonly openWorldHint: false;
}

/** For a tool that changes nothing. */
export const READS: ToolHints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
/**
 * For a tool that may overwrite or delete. A repetition leaves the same pair, under a new version and, where it has a
 * time to live, with a later expiry.
 */
export const WRITES: ToolHints = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  openWorldHint: false,
};

/** For a tool that writes and leaves every value there. */
export const KEEPS: ToolHints = { ...WRITES, destructiveHint: false };
/** For a tool that adds to a value once more with each repetition. */
export const ADDS: ToolHints = { ...KEEPS, idempotentHint: false };

/** What is agreed about one tool; its name is the one it is kept under. */
export interface ToolTerms<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  /** A short name for people. */
  readonly title: string;
  /** Says when to use it. */
  readonly description: string;
  /** What a caller must be allowed to use it. */
  readonly role: Role;
  readonly hints: ToolHints;
  /** Strict: an argument that is not named here is an error. Every argument is described. */
  readonly input: Input;
  readonly output: Output;
}

/** Keeps the exact types of a tool's schemas. */
export const tool = <Input extends z.ZodObject, Output extends z.ZodObject>(
  terms: ToolTerms<Input, Output>,
): ToolTerms<Input, Output> => terms;
