import { faultsAtRest } from '@hybrid-sync/trials';

/** What the checks of a run found. */
export type Findings = Parameters<typeof faultsAtRest>[0] & {
  readonly answered: number;
  readonly wrongReads: number;
  readonly orderFaults: number;
};

/**
 * Why a run counts as failed, one sentence each; none if it passed. Failed requests alone are no reason: the
 * run may be there to see what a dying pod does, and what was never acknowledged can't be lost. But a run
 * without a single answer has shown nothing.
 */
export function faultsOf({ answered, wrongReads, orderFaults, ...rest }: Findings): string[] {
  return [
    ...(answered === 0 ? ['no request was answered, so nothing was shown'] : []),
    ...(wrongReads > 0
      ? [`${wrongReads} reads returned something else than the newest acknowledged value`]
      : []),
    ...(orderFaults > 0 ? [`${orderFaults} writes got a version not above one acknowledged before`] : []),
    ...faultsAtRest(rest),
  ];
}
