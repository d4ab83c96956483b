import type { MaybeChanged, Pod, SyncAnswer, WriteTerms } from '@hybrid-sync/sync-core';
import type { WriteLog } from '../../write-log.js';
import type { Client } from '../client.js';

/** Takes the writes of connections to the sync, and remembers them for whoever asks how far they got. */
export class Writes {
  readonly #pod: Pod;
  readonly #log: Pick<WriteLog, 'answered'>;

  constructor(pod: Pod, log: Pick<WriteLog, 'answered'>) {
    this.#pod = pod;
    this.#log = log;
  }

  /** Makes a write of a client. @throws what the sync throws, NotReadyError */
  async make<Told extends SyncAnswer | MaybeChanged | readonly SyncAnswer[]>(
    client: Client,
    write: (sync: Pod['running']['sync'], terms: WriteTerms) => Promise<Told>,
  ): Promise<Told> {
    const told = await write(this.#pod.running.sync, { answer: client.answerTime });
    for (const answer of answersIn(told)) {
      client.writes.note(answer);
      this.#log.answered(`redis-${client.id}`, client.command, answer);
    }
    return told;
  }
}

function answersIn(told: SyncAnswer | MaybeChanged | readonly SyncAnswer[]): readonly SyncAnswer[] {
  if ('version' in told) return [told];
  if ('old' in told) return told.answer === undefined ? [] : [told.answer];
  return told;
}
