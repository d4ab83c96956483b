import { findKustomize } from '@hybrid-sync/services';

/** Whether there is a kustomize; a word about it where there is none. @throws ServicesError in CI where it can't be had */
export async function kustomizeForTests(): Promise<boolean> {
  try {
    await findKustomize();
    return true;
  } catch (error) {
    if (process.env.CI) throw error;
    console.warn(`SKIPPING the tests that need kustomize: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}
