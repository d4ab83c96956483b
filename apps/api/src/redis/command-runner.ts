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
import { inServerSpan, type ProblemCode, STATUS_OF } from '@hybrid-sync/service-host';
import type { Metrics } from '@hybrid-sync/sync-core';
import { type CommandRates, TooManyCommandsError } from '../security/command-rates.js';
import { addressCount } from '../security/request-counts.js';
import { failureOf } from '../tools/tool-failure.js';
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
  /** Undefined where commands are not limited. */
  readonly rates: Pick<CommandRates, 'take' | 'note'> | undefined;
  /** Whether commands are part of traces. */
  readonly traced: boolean;
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
    const reply = this.#counted(name, client, (may) => this.#begin(name, args, client, turns, next, may));
    return reply instanceof Promise
      ? reply.then((later) => this.#answered(name, later))
      : this.#answered(name, reply);
  }

  /** Runs a command within the rate limit; `begin`: does so when it may. */
  #counted(
    name: string,
    client: Client,
    begin: (may?: Promise<void>) => Reply | Promise<Reply>,
  ): Reply | Promise<Reply> {
    const { rates } = this.#parts;
    if (rates === undefined) return begin();
    const refused = (error: unknown) => {
      client.wasTooFast(isServed(name) ? name : 'other');
      return failureReply(error);
    };
    const served = isServed(name) ? SERVED_COMMANDS[name] : undefined;
    if (isServed(name) && FOR_STRANGERS.has(name)) {
      const reply = begin();
      const isFault = reply instanceof ErrorReply;
      // Whoever guesses tokens counts by address, and still may bring a valid one.
      return isFault ? rates.take(addressCount(client.host)).then(() => reply, refused) : reply;
    }
    const counter = client.caller?.name ?? addressCount(client.host);
    if (served?.effect !== 'none') {
      const may = rates.take(counter);
      // A command that waits for its turn asks for it later.
      may.catch(() => undefined);
      return Promise.resolve(begin(may)).then((reply) => may.then(() => reply, refused));
    }
    try {
      // It acts at once, as what follows depends on it.
      rates.note(counter);
      return begin();
    } catch (error) {
      return refused(error);
    }
  }

  #begin(
    name: string,
    args: readonly Buffer[],
    client: Client,
    turns: Turns,
    next: CommandCall['next'],
    may: Promise<void> | undefined,
  ): Reply | Promise<Reply> {
    try {
      return this.#run(name, args, client, turns, next, may);
    } catch (error) {
      return failureReply(error);
    }
  }

  #run(
    name: string,
    args: readonly Buffer[],
    client: Client,
    turns: Turns,
    next: CommandCall['next'],
    may: Promise<void> | undefined,
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
    if (effect === 'none') {
      return handler({ args: args.slice(1), keys: [], client, made: NOTHING_MADE, next });
    }
    const keys = keyPlaces(terms, args.length).map((place) =>
      keyNamed(args[place] as Buffer, this.#parts.limits),
    );
    const turn = keys.length === 0 ? turns.takeAll() : turns.take(keys, mayOnlyRead ? 'alone' : effect);
    const call: CommandCall = { args: args.slice(1), keys, client, made: () => turn.made(), next };
    const handle = () => begun(handler, call);
    const traced = this.#parts.traced ? () => inServerSpan(name.toUpperCase(), isFault, handle) : handle;
    // Its turn first: a command that may not be done has its place all the same.
    const before = may === undefined ? turn.begin : (turn.begin ?? Promise.resolve()).then(() => may);
    // One promise, not two by `finally` and `catch`: there is one for each command.
    return (before === undefined ? traced() : before.then(traced)).then(
      (reply) => {
        turn.end();
        return reply;
      },
      (error: unknown) => {
        turn.end();
        return failureReply(error);
      },
    );
  }

  #answered(name: string, reply: Reply): Reply {
    const outcome = reply instanceof ErrorReply ? 'failed' : 'done';
    this.#parts.metrics.redisCommand(isServed(name) ? name : 'other', outcome);
    return reply;
  }
}

const NOTHING_MADE = () => undefined;

/** A handler's reply, or what it throws, as a promise: its own where it makes one. */
function begun(handler: CommandHandler, call: CommandCall): Promise<Reply> {
  try {
    return Promise.resolve(handler(call));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Whether an error is the service's own, as over HTTP, and not about what was asked. */
function isFault(error: unknown): boolean {
  if (error instanceof CommandError || error instanceof TooManyCommandsError) return false;
  return (STATUS_OF[failureOf(error).code as ProblemCode] ?? 500) >= 500;
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
