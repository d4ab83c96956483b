import { MongoBulkWriteError, type WriteError } from 'mongodb';

/**
 * The codes of write errors that are about the document itself: the same document is refused again however often it is
 * sent, and every other one is taken. Names and numbers are MongoDB's (`src/mongo/base/error_codes.yml` of its source);
 * those of five digits without a name there are the numbers of single checks in its write path.
 *
 * Whatever is not in this table is the store's own: throttled (16500, as Azure Cosmos DB says it), stepping down, shutting
 * down, out of disk, not permitted, or not known. It says nothing of the document, which is due again as if it had not
 * been tried.
 */
const ABOUT_THE_DOCUMENT: ReadonlyMap<number, string> = new Map([
  [2, 'BadValue'],
  [9, 'FailedToParse'],
  [14, 'TypeMismatch'],
  [15, 'Overflow'],
  [16, 'InvalidLength'],
  [22, 'InvalidBSON'],
  [28, 'PathNotViable'],
  [52, 'DollarPrefixedFieldName'],
  [53, 'InvalidIdField'],
  [54, 'NotSingleValueField'],
  [55, 'InvalidDBRef'],
  [56, 'EmptyFieldName'],
  [57, 'DottedFieldName'],
  [66, 'ImmutableField'],
  [116, 'DocTooLargeForCapped'],
  [121, 'DocumentValidationFailure'],
  [171, 'CannotIndexParallelArrays'],
  [201, 'CannotBuildIndexKeys'],
  [10334, 'BSONObjectTooLarge'],
  [11000, 'DuplicateKey'],
  [16755, 'no key of a geographic index'],
  [17280, 'KeyTooLong'],
  [17419, 'the document would become too large'],
  [17420, 'the document would become too large'],
]);

const DUPLICATE_KEY = 11_000;
/** The server names the index that has the key already behind this word. */
const INDEX_NAME = / index: ([^\s{]+)/;
/** A refusal quotes so many characters of the server's words at most: no value fits in, which an error may quote. */
const MAX_QUOTED = 120;

/** The store failed single operations of a write for reasons of its own, which say nothing of their documents. */
export class StoreFailingError extends Error {
  override readonly name = 'StoreFailingError';
  /** Keys of which it is not known whether their mutation is through. */
  readonly held: ReadonlySet<string>;
  /** Keys whose mutation was refused for a reason of its own, and why. All others of the write are through. */
  readonly failed: ReadonlyMap<string, string>;
  /** Whether some of the write is through. */
  readonly partly: boolean;

  constructor(
    reason: string,
    held: ReadonlySet<string>,
    failed: ReadonlyMap<string, string>,
    partly: boolean,
  ) {
    super(reason);
    this.held = held;
    this.failed = failed;
    this.partly = partly;
  }
}

/** Whether an operation failed since a key of its document is there already, in whichever index. */
export function isDuplicateKey({ code }: Pick<WriteError, 'code'>): boolean {
  return code === DUPLICATE_KEY;
}

/** Whether an operation failed for a reason of its own, and not of the store's. */
function isAboutTheDocument({ code }: Pick<WriteError, 'code'>): boolean {
  return ABOUT_THE_DOCUMENT.has(Number(code));
}

/** Why an operation failed, without the values that the server may quote. */
export function writeRefusalOf({ code, errmsg }: Pick<WriteError, 'code' | 'errmsg'>): string {
  if (code !== DUPLICATE_KEY)
    return `MongoDB error ${code}`.concat(errmsg ? `: ${errmsg.slice(0, MAX_QUOTED)}` : '');
  const index = INDEX_NAME.exec(errmsg ?? '')?.[1];
  return `MongoDB error ${code}: another document has the same key in ${index === undefined ? 'a unique index' : `the unique index "${index}"`}`;
}

/** One of the things that a bulk write sent, and what the server refused it with. */
export interface FailedWrite<Sent> {
  readonly sent: Sent;
  readonly error: WriteError;
}

/**
 * Which single operations of a bulk write failed, one for each of `sent`.
 * @throws the error itself when it failed for another reason than single operations: nothing is known of the others
 */
export function bulkFailures<Sent>(error: unknown, sent: readonly Sent[]): FailedWrite<Sent>[] {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const errors = [error.writeErrors].flat();
  if (errors.length === 0 || error.result.getWriteConcernError() !== undefined) throw error;
  return errors.flatMap((each) => {
    const failed = sent[each.index];
    return failed === undefined ? [] : [{ sent: failed, error: each }];
  });
}

/** What failed for reasons of the store's own, and the first of them; undefined for nothing. */
export function storesOwn<Sent>(
  failures: readonly FailedWrite<Sent>[],
): { reason: string; sent: Sent[] } | undefined {
  const own = failures.filter(({ error }) => !isAboutTheDocument(error));
  const [first] = own;
  return first && { reason: writeRefusalOf(first.error), sent: own.map(({ sent }) => sent) };
}
