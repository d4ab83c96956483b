/** A step that takes time, as the one who waits sees it. */
export interface ProgressStep {
  /** Says more about what goes on. */
  say(text: string): void;
  /** The step is done. @param text what came of it */
  done(text: string): void;
  /** The step failed; the error is told elsewhere. */
  failed(): void;
}

/** Takes the news of what goes on. */
export interface Progress {
  /** A step begins. Several may be under way at once. */
  begin(name: string): ProgressStep;
}

/** Progress nobody looks at. */
export const SILENT: Progress = {
  begin: () => ({ say: () => undefined, done: () => undefined, failed: () => undefined }),
};

/** Does work as a step, which has failed when the work fails. */
export async function during<T>(
  progress: Progress,
  name: string,
  work: (step: ProgressStep) => Promise<T>,
): Promise<T> {
  const step = progress.begin(name);
  try {
    return await work(step);
  } catch (error) {
    step.failed();
    throw error;
  }
}
