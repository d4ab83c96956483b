/**
 * Error codes of the wire protocol, by the names MongoDB gives them, each with the engine's own codes that become it:
 * DocumentDB's SQLSTATEs, and PostgreSQL's.
 *
 * DocumentDB numbers its errors with SQLSTATEs of class `M`: `M0000`, `M0001`, … in base 36, an own order. Inside
 * write errors the same SQLSTATE comes packed into an int32, six bits for each of the five characters. Only those a
 * client decides by are named here; the rest keep their message and are reported as UnknownError.
 */
const ERRORS = {
  InternalError: [1, 'M0000'],
  // bad text of a value, its bad binary form, a bad parameter
  BadValue: [2, 'M0001', '22P02', '22P03', '22023'],
  UnknownError: [8],
  FailedToParse: [9, 'M0003'],
  Unauthorized: [13, '42501'],
  TypeMismatch: [14, 'M0004'],
  Overflow: [15, 'M0005'],
  AuthenticationFailed: [18],
  IllegalOperation: [20, 'M0006'],
  LockTimeout: [24, '55P03'],
  // undefined table
  NamespaceNotFound: [26, 'M0008', '42P01'],
  IndexNotFound: [27, 'M0009'],
  PathNotViable: [28, 'M000A'],
  ConflictingUpdateOperators: [40, 'M000D'],
  CursorNotFound: [43, 'M000E'],
  NamespaceExists: [48, 'M000F'],
  // cancelled by statement_timeout
  MaxTimeMSExpired: [50, '57014'],
  DollarPrefixedFieldName: [52, 'M000G'],
  NotSingleValueField: [54, 'M000I'],
  EmptyFieldName: [56, 'M000J'],
  DottedFieldName: [57, 'M000K'],
  CommandNotFound: [59],
  ImmutableField: [66, 'M000M'],
  CannotCreateIndex: [67, 'M000N'],
  IndexAlreadyExists: [68, 'M000O'],
  InvalidOptions: [72, 'M000P'],
  InvalidNamespace: [73, 'M000Q'],
  IndexOptionsConflict: [85, 'M000R'],
  IndexKeySpecsConflict: [86, 'M000S'],
  // serialization failure, deadlock
  WriteConflict: [112, '40001', '40P01'],
  CommandNotSupported: [115, 'M000U', '0A000'],
  DocumentFailedValidation: [121, 'M00CO'],
  ExceededMemoryLimit: [146, 'M000W'],
  InvalidIndexSpecificationOption: [197, 'M0012'],
  MechanismUnavailable: [334],
  BSONObjectTooLarge: [10334, 'M001B'],
  // unique violation, and exclusion violation: how DocumentDB keeps unique indexes other than _id
  DuplicateKey: [11000, 'M001C', '23505', '23P01'],
  // a limit of the program, of which a write meets that of an index row
  KeyTooLong: [17280, '54000'],
  UnrecognizedCommand: [40324, 'M007U'],
  OutOfDiskSpace: [14031, '53100'],
} as const satisfies Readonly<Record<string, readonly [code: number, ...sqlStates: string[]]>>;

/** Name of an error code that this gateway can answer with. */
export type ErrorCodeName = keyof typeof ERRORS;

/** The number that goes with a name. */
export function codeOf(name: ErrorCodeName): number {
  return ERRORS[name][0];
}

const BY_SQLSTATE: ReadonlyMap<string, ErrorCodeName> = new Map(
  (Object.keys(ERRORS) as ErrorCodeName[]).flatMap((name) => {
    const [, ...sqlStates] = ERRORS[name];
    return sqlStates.map((sqlState) => [sqlState, name] as const);
  }),
);

/** The wire's error for a SQLSTATE; UnknownError for one without a counterpart. */
export function errorOfSqlState(sqlState: string): ErrorCodeName {
  return BY_SQLSTATE.get(sqlState) ?? 'UnknownError';
}

/** The SQLSTATE that the engine packed into the int32 `code` of a write error. */
export function unpackSqlState(packed: number): string {
  let sqlState = '';
  for (let shift = 0; shift < 30; shift += 6) {
    sqlState += String.fromCharCode(((packed >> shift) & 0x3f) + 48);
  }
  return sqlState;
}
