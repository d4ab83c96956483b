import type { Reply } from '@hybrid-sync/redis-protocol';
import type { Client } from './client.js';
import { CommandError } from './command-failure.js';

/** A command as its handler gets it. */
export interface CommandCall {
  /** What stands behind the command's name, keys included. */
  readonly args: readonly Buffer[];
  /** The names of its keys, in their order. */
  readonly keys: readonly string[];
  readonly client: Client;
  /** To be called when all that it does with its keys has been done, where its answer comes later; once, or not at all. */
  made(): void;
  /** Resolves when the client has taken the answers to what it asked before; for an answer that is large. */
  next(): Promise<void>;
  /** Gives the reply, once, where the handler said that it comes {@link LATER}. */
  reply(reply: Reply): void;
  /** The same of what the handler would have thrown. */
  fail(error: unknown): void;
}

/** What a handler returns whose reply is given by the call: there is a promise less for each command. */
export const LATER = Symbol('later');

/** What runs a command. @throws CommandError, or what the service throws */
export type CommandHandler = (call: CommandCall) => Reply | Promise<Reply> | typeof LATER;

/** What Redis calls options and numbers that it can't read. */
export const syntaxError = () => new CommandError('ERR syntax error');
/** What Redis says of a number that is none. */
export const notAnInteger = () => new CommandError('ERR value is not an integer or out of range');

const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/;
const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 63n - 1n;

/** The integer of 64 bits that an argument is, written as Redis writes it. @throws CommandError */
export function integerIn(argument: Buffer | undefined): bigint {
  const text = argument?.toString('latin1') ?? '';
  const value = INTEGER.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value < LOWEST || value > HIGHEST) throw notAnInteger();
  return value;
}

/** An option's name, in capital letters. */
export function wordIn(argument: Buffer | undefined): string {
  // No option is longer.
  return argument === undefined || argument.length > 32 ? '' : argument.toString('latin1').toUpperCase();
}

/** Longest argument that an error repeats. */
const MOST_REPEATED = 128;

/** An argument as an error may repeat it. */
export function shown(argument: Buffer | undefined): string {
  return argument?.toString('latin1', 0, MOST_REPEATED).replace(/[^ -~]/g, '?') ?? '';
}

/** A number of 64 bits that says when or for how long, in ms. @throws CommandError where it is beyond what Redis counts */
export function millisecondsIn(
  argument: Buffer | undefined,
  { unit, relative }: { readonly unit: 'seconds' | 'milliseconds'; readonly relative: boolean },
  command: string,
): number {
  const value = integerIn(argument) * (unit === 'seconds' ? 1000n : 1n);
  const highest = relative ? HIGHEST - BigInt(Date.now()) : HIGHEST;
  if (value > highest || value < LOWEST) throw invalidExpiry(command);
  return Number(value);
}

/** What Redis says of a time at which nothing can expire. */
export const invalidExpiry = (command: string) =>
  new CommandError(`ERR invalid expire time in '${command}' command`);
