import type { MachineFacts, Versions } from '@hybrid-sync/bench';
import type { ModeReport } from './mode-report.js';

/** Everything a run found out; `--json` prints it as it stands. */
export interface PeakHourReport {
  readonly machine: MachineFacts;
  readonly versions: Versions;
  readonly seed: string;
  readonly profile: string;
  /** Length of the load in each mode, in seconds. */
  readonly seconds: number;
  /** What the store takes, in writes per second. */
  readonly storeRate: number;
  readonly modes: readonly ModeReport[];
  /** Why the run failed, a sentence each; empty if it passed. */
  readonly faults: readonly string[];
}
