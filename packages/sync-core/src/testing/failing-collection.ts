import { type Collection, type Document, MongoBulkWriteError, type WriteError } from 'mongodb';

/** What a server says of single operations: the code and words of each whose document has one of these ids. */
export type OperationErrors = ReadonlyMap<string, Pick<WriteError, 'code' | 'errmsg'>>;

/** Makes those operations that are not failed, some of which the real server may refuse. */
async function made(
  write: (operations: never, options?: object) => Promise<unknown>,
  accepted: readonly { readonly operation: Document; readonly index: number }[],
  options: object | undefined,
): Promise<{ result: object; writeErrors: WriteError[] }> {
  if (accepted.length === 0) return { result: {}, writeErrors: [] };
  try {
    const operations = accepted.map(({ operation }) => operation);
    return { result: (await write(operations as never, options)) as object, writeErrors: [] };
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const { matchedCount, upsertedCount } = error.result;
    const writeErrors = [error.writeErrors]
      .flat()
      .map(({ code, errmsg, index }) => ({ code, errmsg, index: accepted[index]?.index }) as WriteError);
    return { result: { matchedCount, upsertedCount }, writeErrors };
  }
}

/**
 * A collection whose server fails single operations of bulk writes and inserts, as a throttled one does; all others are
 * made. `errors` is read at each call.
 */
export function failingCollection<T extends Document>(
  collection: Collection<T>,
  errors: OperationErrors,
): Collection<T> {
  const idOf = (operation: Document): string =>
    operation.replaceOne?.filter._id ?? operation.updateOne?.filter._id ?? operation._id;
  const failing =
    (write: (operations: never, options?: object) => Promise<unknown>) =>
    async (operations: Document[], options?: object) => {
      const indexed = operations.map((operation, index) => ({ operation, index }));
      const accepted = indexed.filter(({ operation }) => !errors.has(idOf(operation)));
      if (accepted.length === operations.length) return write(operations as never, options);
      const { result, writeErrors } = await made(write, accepted, options);
      const failed = indexed.flatMap(({ operation, index }) => {
        const error = errors.get(idOf(operation));
        return error === undefined ? [] : [{ ...error, index } as WriteError];
      });
      throw new MongoBulkWriteError(
        { message: 'failed', code: 1, writeErrors: [...failed, ...writeErrors] },
        { matchedCount: 0, upsertedCount: 0, ...result, getWriteConcernError: () => undefined } as never,
      );
    };
  return new Proxy(collection, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const bound = member.bind(target);
      return name === 'bulkWrite' || name === 'insertMany' ? failing(bound) : bound;
    },
  });
}
