import type { MaybeChanged, Pod, SyncAnswer, WriteTerms } from '@hybrid-sync/sync-core';
import type { WriteLog } from '../../write-log.js';
import type { CommandCall } from '../command.js';

/** Takes the writes of connections to the sync, and remembers them for whoever asks how far they got. */
export class Writes {
  readonly #pod: Pod;
  readonly #log: Pick<WriteLog, 'answered'>;

  constructor(pod: Pod, log: Pick<WriteLog, 'answered'>) {
    this.#pod = pod;
    this.#log = log;
  }

  /** Makes the one write of a command. @throws what the sync throws, NotReadyError */
  async make<Told extends SyncAnswer | MaybeChanged | readonly SyncAnswer[]>(
    call: Pick<CommandCall, 'client' | 'made'>,
    write: (sync: Pod['running']['sync'], terms: WriteTerms) => Promise<Told>,
  ): Promise<Told> {
    const { client, made } = call;
    const told = await write(this.#pod.running.sync, { answer: client.answerTime, made });
    for (const answer of answersIn(told)) {
      client.writes.note(answer);
      this.#log.answered(`redis-${client.id}`, client.command, answer);
    }
    return told;
  }
}

/** A command as one of its several writes has it: that one of them is made does not mean that all are. */
export function oneOfSeveral({ client }: Pick<CommandCall, 'client'>): Pick<CommandCall, 'client' | 'made'> {
  return { client, made: () => undefined };
}

function answersIn(told: SyncAnswer | MaybeChanged | readonly SyncAnswer[]): readonly SyncAnswer[] {
  if ('version' in told) return [told];
  if ('old' in told) return told.answer === undefined ? [] : [told.answer];
  return told;
}
