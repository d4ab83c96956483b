/** There is no free place and the forming batch is at its bound. */
export class BatcherFullError extends Error {
  override readonly name = 'BatcherFullError';
  constructor() {
    super('all places are taken and the forming batch is full');
  }
}

/** The caller's time was up before its batch was through; the batch may still come through later. */
export class BatchTimeoutError extends Error {
  override readonly name = 'BatchTimeoutError';
  constructor() {
    super('the batch was not through in time');
  }
}

/** This mutation was refused, while the rest of its batch may be through. */
export class MutationRefusedError extends Error {
  override readonly name = 'MutationRefusedError';
}
