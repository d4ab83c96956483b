import { didYouMean, firstFault, inPlainWords } from '@hybrid-sync/input-faults';
import type { z } from 'zod';
import { ArgumentError } from '../errors.js';
import { shortened } from '../output/printable.js';
import type { ArgumentSpec } from './argument-spec.js';
import { readList, ValueError, valueOfText } from './read-value.js';
import type { TextSource } from './text-source.js';

/** A tool's arguments, and how they are checked. */
export interface ArgumentRules {
  readonly specs: readonly ArgumentSpec[];
  readonly input: z.ZodObject;
}

/** One `name=value`, taken apart. */
interface Given {
  readonly spec: ArgumentSpec;
  /** The name as it was given: of a list, its own or the one for an element. */
  readonly name: string;
  readonly text: string;
}

/**
 * Reads `name=value` words into a tool's arguments. What is left out stays out, so that the api's defaults hold.
 * @throws ArgumentError naming the first argument at fault
 */
export async function parseArguments(
  words: readonly string[],
  { specs, input }: ArgumentRules,
  source: TextSource,
): Promise<Record<string, unknown>> {
  // Names come from outside: in a plain object __proto__ would be one that is always there.
  const args = new Map<string, unknown>();
  for (const [at, word] of words.entries()) {
    const { spec, name, text } = divided(word, at, specs);
    if (spec.kind !== 'list' && args.has(spec.name)) throw new ArgumentError(name, 'is given twice');
    const value = converted({ spec, name, text: await source.textOf(name, text) });
    args.set(
      spec.name,
      spec.kind === 'list' ? [...((args.get(spec.name) ?? []) as unknown[]), ...(value as unknown[])] : value,
    );
  }
  const result = Object.fromEntries(args);
  check(result, { specs, input });
  return result;
}

function divided(word: string, at: number, specs: readonly ArgumentSpec[]): Given {
  const equals = word.indexOf('=');
  if (equals < 0) {
    const first = specs[0] === undefined ? '' : `, such as ${specs[0].singular ?? specs[0].name}=...`;
    throw new ArgumentError(
      `argument ${at + 1}`,
      `${shortened(word)} is not name=value${first}`,
      'a value with spaces must be quoted: name="a b"',
    );
  }
  const name = word.slice(0, equals);
  if (name === '') throw new ArgumentError(`argument ${at + 1}`, 'has no name before the "="');
  const spec = specs.find((each) => each.name === name || each.singular === name);
  if (spec === undefined) throw unknownName(name, specs);
  return { spec, name, text: word.slice(equals + 1) };
}

function unknownName(name: string, specs: readonly ArgumentSpec[]): ArgumentError {
  const shown = shortened(name);
  if (specs.length === 0) return new ArgumentError(shown, 'this command takes no arguments');
  const names = specs.flatMap(({ name, singular }) => (singular === undefined ? [name] : [name, singular]));
  return new ArgumentError(
    shown,
    `there is no such argument${didYouMean(name, names)}`,
    `this command takes ${names.join(', ')}`,
  );
}

function converted({ spec, name, text }: Given): unknown {
  try {
    if (spec.kind !== 'list') return valueOfText(text, spec.kind);
    return name === spec.name ? readList(text, spec) : [valueOfText(text, spec.element ?? 'text')];
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new ArgumentError(name, error.message);
  }
}

function check(args: Readonly<Record<string, unknown>>, { specs, input }: ArgumentRules): void {
  const missing = specs.find(({ name, required }) => required && !Object.hasOwn(args, name));
  if (missing !== undefined) throw new ArgumentError(missing.name, 'is missing');
  const checked = input.safeParse(args, { error: inPlainWords });
  if (checked.success) return;
  const { field, message } = firstFault(checked.error);
  throw new ArgumentError(field || 'arguments', message);
}
