/** What a process does for a row: the process under test, Redis, or a part of the store. */
export type ProcessPart = 'pod' | 'redis' | 'store';

/** A process with the processor time that it has taken so far. */
export interface ProcessorTime {
  readonly name: string;
  /** Undefined for what only runs beside: the load of a row with a server, the projector. */
  readonly part: ProcessPart | undefined;
  /** Undefined where that is not known. */
  readonly seconds: number | undefined;
}

/**
 * The processor time of each part between two looks at the same processes, in microseconds per mutation; without what
 * is not known.
 */
export function perMutation(
  before: readonly ProcessorTime[],
  after: readonly ProcessorTime[],
  mutations: number,
): Partial<Record<`${ProcessPart}Us`, number>> {
  const us = (part: ProcessPart) => {
    const total = (times: readonly ProcessorTime[]) =>
      times.filter((each) => each.part === part).reduce((sum, { seconds = Number.NaN }) => sum + seconds, 0);
    const known = before.some((each) => each.part === part) && mutations > 0;
    const each = ((total(after) - total(before)) * 1e6) / mutations;
    // Less than before: a child has ended and taken its time along.
    return known && each >= 0 ? { [`${part}Us`]: each } : {};
  };
  return { ...us('pod'), ...us('redis'), ...us('store') };
}
