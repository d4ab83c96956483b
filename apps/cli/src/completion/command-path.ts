import type { CompletedCommand } from './completed-command.js';

/** A word that may come next, and what it is for. */
export interface Candidate {
  readonly word: string;
  readonly summary: string;
}

/** What may come after a command: after `token create`, say. */
export interface CommandPath {
  /** The command's words with a blank between them; empty for none yet. */
  readonly path: string;
  /** Subcommands, or choices of an argument. */
  readonly words: readonly Candidate[];
  /** Names of arguments, each with the `=` at its end. */
  readonly names: readonly Candidate[];
  /** Values of arguments that have few, as `name=value`. */
  readonly values: readonly string[];
  /** Options, also those that every command takes. */
  readonly options: readonly Candidate[];
  /** Those of them after which a value comes. */
  readonly optionsWithValue: readonly string[];
}

/** Everything that may be typed, by the command that stands before it. */
export function commandPaths(program: CompletedCommand): CommandPath[] {
  const visit = (command: CompletedCommand, path: string): CommandPath[] => {
    const options = command === program ? program.options : [...command.options, ...program.options];
    return [
      {
        path,
        words: command.words,
        names: namesOf(command),
        values: valuesOf(command),
        options: unique(options).map(({ name, summary }) => ({ word: name, summary })),
        optionsWithValue: unique(options)
          .filter(({ takesValue }) => takesValue)
          .map(({ name }) => name),
      },
      ...command.commands.flatMap((sub) => visit(sub, path === '' ? sub.name : `${path} ${sub.name}`)),
    ];
  };
  return visit(program, '');
}

function namesOf({ arguments: specs }: CompletedCommand): Candidate[] {
  return specs.flatMap(({ name, singular, description }) =>
    [name, ...(singular === undefined ? [] : [singular])].map((each) => ({
      word: `${each}=`,
      summary: description,
    })),
  );
}

function valuesOf({ arguments: specs }: CompletedCommand): string[] {
  return specs.flatMap(({ name, kind, choices = kind === 'boolean' ? ['true', 'false'] : [] }) =>
    choices.map((choice) => `${name}=${choice}`),
  );
}

function unique<Option extends { readonly name: string }>(options: readonly Option[]): Option[] {
  return options.filter(({ name }, at) => options.findIndex((other) => other.name === name) === at);
}
