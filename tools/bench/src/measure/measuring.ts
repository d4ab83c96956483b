import type { ProgramSurroundings } from '@hybrid-sync/trials';
import type { BenchOptions } from '../options.js';
import type { BenchSystem } from '../system/bench-system.js';

/** What every measurement on services works with. */
export interface Measuring extends ProgramSurroundings {
  readonly system: BenchSystem;
  readonly options: BenchOptions;
}
