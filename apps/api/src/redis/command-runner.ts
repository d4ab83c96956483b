import type { Role } from '@hybrid-sync/access-tokens';
import {
  type CommandTerms,
  ErrorReply,
  fitsArity,
  isServed,
  keyPlaces,
  REFUSED_COMMANDS,
  type Reply,
  SERVED_COMMANDS,
  type ServedCommand,
} from '@hybrid-sync/redis-protocol';
import type { Metrics } from '@hybrid-sync/sync-core';
import type { Client } from './client.js';
import { type CommandCall, type CommandHandler, shown } from './command.js';
import { CommandError, failureReply } from './command-failure.js';
import { type ByteLimits, keyNamed } from './kept-bytes.js';
import type { Turns } from './turns.js';

/** What may be asked before one has said who one is. */
const FOR_STRANGERS: ReadonlySet<ServedCommand> = new Set<ServedCommand>(['auth', 'hello', 'quit', 'reset']);
/** Begin a request of HTTP, which a web page can have a browser send here; its body would be taken for commands. */
const OF_HTTP: ReadonlySet<string> = new Set(['post', 'host:']);

/** What commands are run with. */
export interface RunnerParts {
  readonly handlers: Readonly<Record<ServedCommand, CommandHandler>>;
  readonly limits: ByteLimits;
  readonly metrics: Pick<Metrics, 'redisCommand'>;
}

/**
 * Runs commands: finds out whether there is such a one, whether it is whole, whether the client may, has it wait for its
 * turn among those of its connection, and makes a reply of whatever comes of it.
 */
export class CommandRunner {
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /**
   * Runs a command; what is answered is never an exception. `args`: with the command's name; `next`: as the command's
   * handler gets it.
   */
  run(
    args: readonly Buffer[],
    client: Client,
    turns: Turns,
    next: CommandCall['next'],
  ): Reply | Promise<Reply> {
    const name = args[0]?.toString('latin1').toLowerCase() ?? '';
    try {
      const reply = this.#run(name, args, client, turns, next);
      if (reply instanceof Promise) {
        return reply.then(
          (done) => this.#answered(name, done),
          (error: unknown) => this.#answered(name, failureReply(error)),
        );
      }
      return this.#answered(name, reply);
    } catch (error) {
      return this.#answered(name, failureReply(error));
    }
  }

  #run(
    name: string,
    args: readonly Buffer[],
    client: Client,
    turns: Turns,
    next: CommandCall['next'],
  ): Reply | Promise<Reply> {
    if (OF_HTTP.has(name)) client.leaving = true;
    if (!isServed(name)) {
      client.demand('read', shown(args[0]));
      throw unknownCommand(name, shown(args[0]));
    }
    client.command = name;
    const terms: CommandTerms = SERVED_COMMANDS[name];
    const { arity, effect, role, mayOnlyRead } = terms;
    if (!FOR_STRANGERS.has(name)) client.demand(role ?? roleFor(effect), name);
    if (!fitsArity(arity, args.length)) {
      throw new CommandError(`ERR wrong number of arguments for '${name}' command`);
    }
    const handler = this.#parts.handlers[name];
    if (effect === 'none') return handler({ args: args.slice(1), keys: [], client, next });
    const named = keyPlaces(terms, args.length).map((place) =>
      keyNamed(args[place] as Buffer, this.#parts.limits),
    );
    const turn = named.length === 0 ? turns.takeAll() : turns.take(named, mayOnlyRead ? 'alone' : effect);
    const begin = async () => handler({ args: args.slice(1), keys: named, client, next });
    const reply = turn.begin === undefined ? begin() : turn.begin.then(begin);
    return reply.finally(() => turn.end());
  }

  #answered(name: string, reply: Reply): Reply {
    const outcome = reply instanceof ErrorReply ? 'failed' : 'done';
    this.#parts.metrics.redisCommand(isServed(name) ? name : 'other', outcome);
    return reply;
  }
}

function roleFor(effect: 'reads' | 'writes' | 'none'): Role {
  return effect === 'writes' ? 'write' : 'read';
}

/** Clients know by these words that they must do without the command. */
function unknownCommand(name: string, asked: string): CommandError {
  const why = REFUSED_COMMANDS.get(name);
  return new CommandError(
    why === undefined
      ? `ERR unknown command '${asked}'`
      : `ERR unknown command '${asked}': it is not served here, since ${why}; see docs/redis.md`,
  );
}
