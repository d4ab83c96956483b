import type { Reply } from '@hybrid-sync/redis-protocol';
import type {
  MaybeChanged,
  PlainAnswer,
  PlainInput,
  Pod,
  SyncAnswer,
  WriteTerms,
} from '@hybrid-sync/sync-core';
import type { WriteLog } from '../../write-log.js';
import { type CommandCall, LATER } from '../command.js';
import type { NotedWrite } from '../own-writes.js';

/** Keys of one command that are under way, at most: as many as a connection has commands. Others have their turn between. */
const MOST_TOGETHER = 256;

/** A command that is one plain write, and waits for those of others. */
interface Gathered {
  readonly call: CommandCall;
  readonly replyTo: (answer: PlainAnswer) => Reply;
}

/**
 * Takes the writes of connections to the sync, and remembers them for whoever asks how far they got. The plain writes of all
 * connections that begin in one turn of the event loop go together, with one promise for all of them:
 *
 *   SET a, DEL b, SET c ─▶ gathered ─ the turn is over, or a write that is not plain comes ─▶ one call of the sync
 */
export class Writes {
  readonly #pod: Pod;
  readonly #log: Pick<WriteLog, 'answered'>;
  readonly #eachAlone: boolean;
  #inputs: PlainInput[] = [];
  #gathered: Gathered[] = [];

  /** `eachAlone`: none goes with others, since each is part of a trace. */
  constructor(pod: Pod, log: Pick<WriteLog, 'answered'>, eachAlone: boolean) {
    this.#pod = pod;
    this.#log = log;
    this.#eachAlone = eachAlone;
  }

  /** Makes the one write of a command. @throws what the sync throws, NotReadyError */
  async make<Told extends SyncAnswer | MaybeChanged | readonly SyncAnswer[]>(
    call: CommandCall,
    write: (sync: Pod['running']['sync'], terms: WriteTerms) => Promise<Told>,
  ): Promise<Told> {
    // Those before it may be of its key.
    this.#leave();
    const { client } = call;
    const told = await write(this.#pod.running.sync, { answer: client.answerTime, made: () => call.made() });
    for (const answer of answersIn(told)) this.#note(call, answer);
    return told;
  }

  /**
   * Makes the one plain write of a command, which may go with those of others.
   * @returns its reply, or {@link LATER}. @throws what the sync throws, NotReadyError
   */
  makePlain(
    call: CommandCall,
    input: PlainInput,
    replyTo: (answer: PlainAnswer) => Reply,
  ): Promise<Reply> | typeof LATER {
    // Where it is answered late, its place among those of its key is given up before.
    if (this.#eachAlone || call.client.answerTime !== 'journaled') {
      return this.make(call, (sync, terms) =>
        input.op === 'set' ? sync.set(input, terms) : sync.delete(input.key, input, terms),
      ).then(replyTo);
    }
    this.#inputs.push(input);
    if (this.#gathered.push({ call, replyTo }) === 1) queueMicrotask(() => this.#leave());
    return LATER;
  }

  /**
   * Makes several writes of one command, part by part, in their order; a part is through before the next begins.
   * @throws the first error of a part; those behind it are not begun
   */
  async makeMany(call: CommandCall, inputs: readonly PlainInput[]): Promise<readonly PlainAnswer[]> {
    this.#leave();
    const done: PlainAnswer[] = [];
    for (let at = 0; at < inputs.length; at += MOST_TOGETHER) {
      const part = inputs.slice(at, at + MOST_TOGETHER);
      const outcomes = await this.#sync(part, () => call, { answer: call.client.answerTime });
      for (const outcome of outcomes) {
        if (outcome instanceof Error) throw outcome;
        done.push(outcome);
      }
    }
    return done;
  }

  #leave(): void {
    const gathered = this.#gathered;
    if (gathered.length === 0) return;
    const inputs = this.#inputs;
    this.#gathered = [];
    this.#inputs = [];
    const made = () => {
      for (const { call } of gathered) call.made();
    };
    this.#sync(inputs, (place) => gathered[place]?.call, { answer: 'journaled', made }).then(
      (outcomes) => {
        for (const [place, { call, replyTo }] of gathered.entries()) {
          const outcome = outcomes[place];
          if (outcome instanceof Error || outcome === undefined) call.fail(outcome);
          else call.reply(replyTo(outcome));
        }
      },
      (error: unknown) => {
        for (const { call } of gathered) call.fail(error);
      },
    );
  }

  /** Makes writes, and notes those that were made. `callOf`: whose the one at a place is. */
  async #sync(
    inputs: readonly PlainInput[],
    callOf: (place: number) => CommandCall | undefined,
    terms: Pick<WriteTerms, 'answer' | 'made'>,
  ): Promise<readonly (PlainAnswer | Error)[]> {
    const noted: (NotedWrite | undefined)[] = [];
    const outcomes = await this.#pod.running.sync.writeMany(inputs, {
      ...terms,
      synced: (place, brought) => noted[place]?.brought(brought),
    });
    for (const [place, outcome] of outcomes.entries()) {
      const call = callOf(place);
      if (call !== undefined && !(outcome instanceof Error)) noted[place] = this.#note(call, outcome);
    }
    return outcomes;
  }

  #note({ client }: CommandCall, answer: SyncAnswer): NotedWrite | undefined {
    this.#log.answered(`redis-${client.id}`, client.command, answer);
    return client.writes.note(answer);
  }
}

function answersIn(told: SyncAnswer | MaybeChanged | readonly SyncAnswer[]): readonly SyncAnswer[] {
  if ('version' in told) return [told];
  if ('old' in told) return told.answer === undefined ? [] : [told.answer];
  return told;
}
