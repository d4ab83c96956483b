import type { Comparison, LostWriteCheck, SettleOutcome } from '@hybrid-sync/trials';

/** What the checks of a run found. */
export interface Findings {
  readonly answered: number;
  readonly wrongReads: number;
  readonly orderFaults: number;
  readonly settle: SettleOutcome;
  readonly comparison: Pick<Comparison, 'compared' | 'differing'>;
  readonly lostWrites: Pick<LostWriteCheck, 'lost'>;
}

/**
 * Why a run counts as failed, one sentence each; none if it passed. Failed requests alone are no reason: the
 * run may be there to see what a dying pod does, and what was never acknowledged can't be lost. But a run
 * without a single answer has shown nothing.
 */
export function faultsOf({
  answered,
  wrongReads,
  orderFaults,
  settle,
  comparison,
  lostWrites,
}: Findings): string[] {
  const faults: string[] = [];
  if (answered === 0) faults.push('no request was answered, so nothing was shown');
  if (wrongReads > 0)
    faults.push(`${wrongReads} reads returned something else than the newest acknowledged value`);
  if (orderFaults > 0) faults.push(`${orderFaults} writes got a version not above one acknowledged before`);
  if (lostWrites.lost > 0) faults.push(`${lostWrites.lost} acknowledged writes are lost`);
  if (comparison.differing > 0) faults.push(`cache and shadow differ on ${comparison.differing} keys`);
  if (!settle.settled) {
    const { journal, events, fastJobs } = settle.left;
    faults.push(
      `after ${Math.round(settle.elapsedMs / 1000)} s the queues still held ${journal} journal entries, ${events} outbox ` +
        `events and ${fastJobs} fast jobs: is a projector running?`,
    );
  }
  return faults;
}
