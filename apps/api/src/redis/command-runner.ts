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
import { toolFailureOf } from '../tools/tool-failure.js';
import type { Client } from './client.js';
import { type CommandHandler, shown } from './command.js';
import { CommandError, failureReply } from './command-failure.js';
import { type ByteLimits, keyNamed } from './kept-bytes.js';
import { type Asker, type CallParts, RunningCall } from './running-call.js';
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

  /** Runs a command; its reply is never an exception. `args`: with the command's name. */
  run(args: readonly Buffer[], client: Client, turns: Turns, asker: Asker): void {
    const name = args[0]?.toString('latin1').toLowerCase() ?? '';
    const parts = { name, client, asker, ended: this.#ended };
    if (this.#parts.rates === undefined) this.#begin(parts, args, turns);
    else this.#beginCounted(this.#parts.rates, parts, args, turns);
  }

  /** Within the rate limit. */
  #beginCounted(
    rates: Pick<CommandRates, 'take' | 'note'>,
    parts: CallParts,
    args: readonly Buffer[],
    turns: Turns,
  ): void {
    const { name, client, asker } = parts;
    const tooFast = (error: unknown) => {
      client.wasTooFast(isServed(name) ? name : 'other');
      return failureReply(error);
    };
    const served = isServed(name) ? SERVED_COMMANDS[name] : undefined;
    if (isServed(name) && FOR_STRANGERS.has(name)) {
      const replied = (reply: Reply) => {
        // Whoever guesses tokens counts by address, and still may bring a valid one.
        if (!(reply instanceof ErrorReply)) asker.replied(reply);
        else {
          const counted = rates.take(addressCount(client.host)).then(() => reply, tooFast);
          void counted.then((later) => asker.replied(later));
        }
      };
      this.#begin({ ...parts, asker: { next: () => asker.next(), replied } }, args, turns);
      return;
    }
    const counter = client.caller?.name ?? addressCount(client.host);
    if (served?.effect !== 'none') {
      const may = rates.take(counter);
      const refusal = may.then(() => undefined, tooFast);
      const replied = (reply: Reply) => void refusal.then((refused) => asker.replied(refused ?? reply));
      this.#begin({ ...parts, asker: { next: () => asker.next(), replied } }, args, turns, may);
      return;
    }
    try {
      // It acts at once, as what follows depends on it.
      rates.note(counter);
    } catch (error) {
      asker.replied(this.#ended(name, tooFast(error)));
      return;
    }
    this.#begin(parts, args, turns);
  }

  #begin(parts: CallParts, args: readonly Buffer[], turns: Turns, may?: Promise<void>): void {
    try {
      this.#run(parts, args, turns, may);
    } catch (error) {
      parts.asker.replied(this.#ended(parts.name, failureReply(error)));
    }
  }

  /** @throws CommandError, InvalidInputError before it begins */
  #run(parts: CallParts, args: readonly Buffer[], turns: Turns, may: Promise<void> | undefined): void {
    const { name, client } = parts;
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
      new RunningCall(parts, args.slice(1), []).begin(handler);
      return;
    }
    const keys = keyPlaces(terms, args.length).map((place) =>
      keyNamed(args[place] as Buffer, this.#parts.limits),
    );
    const turn = keys.length === 0 ? turns.takeAll() : turns.take(keys, mayOnlyRead ? 'alone' : effect);
    const call = new RunningCall(parts, args.slice(1), keys, turn);
    // Its turn first: a command that may not be done has its place all the same.
    const before = may === undefined ? turn.begin : (turn.begin ?? Promise.resolve()).then(() => may);
    if (before === undefined) this.#handle(name, handler, call);
    else {
      before.then(
        () => this.#handle(name, handler, call),
        (error: unknown) => call.fail(error),
      );
    }
  }

  #handle(name: string, handler: CommandHandler, call: RunningCall): void {
    if (!this.#parts.traced) call.begin(handler);
    else call.beginTraced(handler, (work) => inServerSpan(name.toUpperCase(), isFault, work));
  }

  /** Counts a command's reply. */
  readonly #ended = (name: string, reply: Reply): Reply => {
    const outcome = reply instanceof ErrorReply ? 'failed' : 'done';
    this.#parts.metrics.redisCommand(isServed(name) ? name : 'other', outcome);
    return reply;
  };
}

/** Whether an error is the service's own, as over HTTP, and not about what was asked. */
function isFault(error: unknown): boolean {
  if (error instanceof CommandError || error instanceof TooManyCommandsError) return false;
  return (STATUS_OF[toolFailureOf(error).code as ProblemCode] ?? 500) >= 500;
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
