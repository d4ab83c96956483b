import { HybridSyncError } from './errors.js';

/** No waiting mends it: a process that starts ends, with the message, which names the setting to change. */
export abstract class PermanentError extends HybridSyncError {}

/** Redis or MongoDB holds data of another layout or slot count than this process would write. */
export class LayoutMismatchError extends PermanentError {
  readonly code = 'LAYOUT_MISMATCH';
}

/** MongoDB's database belongs to another deployment or application. Nothing in it was touched. */
export class DatabaseRefusedError extends PermanentError {
  readonly code = 'DATABASE_REFUSED';
  constructor(database: string, why: string) {
    super(
      `the database "${database}" of MONGODB_URL is not this deployment's: ${why}; ` +
        'set MONGODB_URL to a database of its own (see "Whose database it is" in docs/operations.md)',
    );
  }
}

/** MongoDB has an index of the name of one of ours that is another one. */
export class IndexConflictError extends PermanentError {
  readonly code = 'INDEX_CONFLICT';
  constructor(collection: string, index: string) {
    super(
      `the index "${index}" of ${collection} in MongoDB is not the one that this service makes under that name; ` +
        'drop it, and it is made anew',
    );
  }
}

/** Settings that can't be used; the message lists every one at fault. */
export class ConfigurationError extends PermanentError {
  readonly code = 'CONFIGURATION';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `the configuration has ${problems.length === 1 ? 'a fault' : 'faults'}:\n  ${problems.join('\n  ')}`,
    );
    this.problems = problems;
  }
}
