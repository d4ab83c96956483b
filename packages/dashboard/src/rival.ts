import type { Api } from './api.js';
import { inWords } from './change-words.js';
import { RevisionConflictError } from './client/index.js';

/** Changes that are looked through for what others did meanwhile. */
const LOOKED_THROUGH = 20;

/**
 * Makes a change of settings over a revision that was seen. Nobody undoes what they have not seen.
 * @throws RevisionConflictError where someone else has changed settings since, which says who changed what, and
 *   whatever the api refuses
 */
export async function changeOver<Answer>(
  api: Api,
  revision: number,
  change: (terms: { readonly ifRevision: number }) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await change({ ifRevision: revision });
  } catch (error) {
    if (!(error instanceof RevisionConflictError)) throw error;
    const { changes } = await api.call('hybrid_sync_settings_history', { limit: LOOKED_THROUGH });
    const since = changes
      .filter((each) => (each.revision ?? 0) > revision)
      .map((each) => `${inWords(each)}.`);
    const message = `Nothing is changed: someone else was first. ${since.join(' ')} Look at what is shown now, and do it again if you still mean it.`;
    throw new RevisionConflictError({ code: error.code, message, revision: error.revision });
  }
}
