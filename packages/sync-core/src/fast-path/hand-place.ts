import type { RoutedMutation } from '../mutation.js';
import type { TakenJob } from './add-and-take.js';
import type { FastJobResult } from './fast-job.js';

/** A free place of a worker of this pod, kept for a job that is taken as it is added. */
export interface HandPlace {
  /** In whose name the job is taken. */
  readonly token: string;
  /**
   * Brings a batch to the shadows before its job is in the queue. When the job is taken in this place, that was its making;
   * another one that is taken here is made behind it.
   */
  begin(jobId: string, mutations: readonly RoutedMutation[]): Promise<FastJobResult>;
  /** Has the job made; undefined, for none, gives the place back. */
  take(job: TakenJob | undefined): void;
}

/** Where a batch's job may be taken by hand; undefined where no place is free. */
export type KeepPlace = () => HandPlace | undefined;
