import { fitsArity, type Reply, Status } from '@hybrid-sync/redis-protocol';
import type { Client } from '../client.js';
import { type CommandHandler, shown, wordIn } from '../command.js';
import { CommandError } from '../command-failure.js';

/** A part of a command that has its own name. */
export interface Subcommand {
  /** Its length with both names; negative for at least that, as in Redis. */
  readonly arity: number;
  /** Runs it; `args`: what stands behind both names. @throws CommandError */
  readonly run: (client: Client, args: readonly Buffer[]) => Reply;
}

/** A command that does nothing but what its subcommands do. */
export interface SubcommandTerms {
  /** The command's name, in small letters. */
  readonly command: string;
  /** By their names, in capital letters. */
  readonly subcommands: Readonly<Record<string, Subcommand>>;
  /** Subcommands that Redis has and this has not, with why, which ends a sentence. */
  readonly refused?: ReadonlyMap<string, string>;
}

/** What runs such a command; HELP lists the others. */
export function subcommandHandler({ command, subcommands, refused }: SubcommandTerms): CommandHandler {
  const title = command.toUpperCase();
  const all: Readonly<Record<string, Subcommand>> = {
    ...subcommands,
    HELP: {
      arity: 2,
      run: () =>
        [`${title} <subcommand> [<arg> ...]. Subcommands are:`, ...Object.keys(all)].map(
          (line) => new Status(line),
        ),
    },
  };
  return ({ args: [name, ...rest], client }) => {
    const word = wordIn(name);
    const subcommand = Object.hasOwn(all, word) ? all[word] : undefined;
    if (subcommand === undefined) {
      const why = refused?.get(word);
      if (why !== undefined) throw notServed(word, why);
      throw new CommandError(`ERR unknown subcommand '${shown(name)}'. Try ${title} HELP.`);
    }
    if (!fitsArity(subcommand.arity, rest.length + 2)) {
      throw new CommandError(`ERR wrong number of arguments for '${command}|${word.toLowerCase()}' command`);
    }
    return subcommand.run(client, rest);
  };
}

/** Clients know by these words that they must do without the subcommand; `why`: ends a sentence. */
export function notServed(subcommand: string, why: string): CommandError {
  return new CommandError(
    `ERR unknown subcommand '${subcommand}': it is not served here, since ${why}; see docs/redis.md`,
  );
}
