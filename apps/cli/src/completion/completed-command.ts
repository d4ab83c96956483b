import type { ArgumentSpec } from '../arguments/argument-spec.js';

/** The shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/** What a shell is told of a command. */
export interface CompletedCommand {
  readonly name: string;
  readonly options: readonly {
    readonly name: string;
    readonly summary: string;
    readonly takesValue: boolean;
  }[];
  /** What may come next: subcommands, or the choices of an argument. */
  readonly words: readonly { readonly word: string; readonly summary: string }[];
  /** Its arguments of the form `name=value`. */
  readonly arguments: readonly ArgumentSpec[];
  readonly commands: readonly CompletedCommand[];
}
