/**
 * Something the caller must put right before a run can start; the program says so and ends with exit code 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
