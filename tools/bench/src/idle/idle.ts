import type { ProgramSurroundings } from '@hybrid-sync/trials';
import type { BenchOptions } from '../options.js';
import { BenchSystem } from '../system/bench-system.js';
import { type MachineFacts, machineFacts, type Versions, versionsOf } from '../system/machine-facts.js';
import { type ManyPodsCost, measureManyPods } from './many-pods.js';
import { type IdleCast, type IdleCost, measureIdle } from './measure-idle.js';

/** What idle processes cost; `--idle --json` prints it as it stands. */
export interface IdleReport {
  readonly seconds: number;
  readonly machine: MachineFacts;
  readonly versions: Versions;
  readonly costs: readonly IdleCost[];
  /** Where so many pods were asked for. */
  readonly manyPods?: readonly ManyPodsCost[];
}

const CASTS: readonly IdleCast[] = [{ api: 1 }, { api: 4 }, { projector: 1 }, { projector: 3 }];

/** Measures what processes cost that have nothing to do, on services of the benchmark's own. */
export async function idle(
  { seconds, pods }: BenchOptions,
  { progress, signal }: ProgramSurroundings,
): Promise<IdleReport> {
  return BenchSystem.use(signal, async (system) => {
    const about = async () => ({ seconds, machine: machineFacts(), versions: await versionsOf(system) });
    if (pods !== undefined) {
      progress.say(`idle: the hearts of ${pods} pods`);
      return {
        ...(await about()),
        costs: [],
        manyPods: await measureManyPods(system, pods, seconds, signal),
      };
    }
    const costs: IdleCost[] = [];
    for (const cast of CASTS) {
      progress.say(`idle: ${castName(cast)}`);
      costs.push(await measureIdle(system, cast, seconds, signal));
    }
    return { ...(await about()), costs };
  });
}

/** Which processes, and how many, in words. */
export function castName(cast: IdleCast): string {
  return Object.entries(cast)
    .map(([kind, number]) => `${number} ${kind}`)
    .join(', ');
}
