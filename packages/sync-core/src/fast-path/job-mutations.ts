import type { Journal } from '../cache/journal.js';
import type { RoutedMutation } from '../mutation.js';
import type { FastJob, FastJobResult } from './fast-job.js';

/** A mutation of another pod whose journal entry is gone: whoever sent it knows whether it is durable. */
const GONE = 'its journal entry is gone';

/** What a job is about, as far as it could be found. */
interface JobMutations {
  readonly found: readonly RoutedMutation[];
  /** The mutations that were not found, as {@link FastJobResult} tells them. */
  readonly missing: FastJobResult['failed'];
}

/**
 * The mutations of a job of another pod: those that it carries, or the journal's entries of those that it refers to.
 * @throws CacheUnavailableError when the journal can't be read
 */
export async function mutationsOf(job: FastJob, journal: Pick<Journal, 'find'>): Promise<JobMutations> {
  if ('mutations' in job) return { found: job.mutations, missing: [] };
  const entries = await journal.find(job.references.map(([slot, version]) => ({ slot, version })));
  const found: RoutedMutation[] = [];
  const missing: [key: string, reason: string][] = [];
  for (const [index, [, , key, traceparent]] of job.references.entries()) {
    const entry = entries[index];
    // Of another key is what was journaled with this version after data was lost.
    if (entry?.key !== key) missing.push([key, GONE]);
    else found.push(traceparent === undefined ? entry : { ...entry, traceparent });
  }
  return { found, missing };
}
