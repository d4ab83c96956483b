/**
 * Error codes of the wire protocol, by the names MongoDB gives them, and how the engine's own codes become them.
 *
 * DocumentDB numbers its errors with SQLSTATEs of class `M`: `M0000`, `M0001`, … in base 36, an own order. Inside
 * write errors the same SQLSTATE comes packed into an int32, six bits for each of the five characters. Only those a
 * client decides by are named here; the rest keep their message and are reported as UnknownError.
 */
export const ERROR_CODES = {
  InternalError: 1,
  BadValue: 2,
  UnknownError: 8,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  AuthenticationFailed: 18,
  IllegalOperation: 20,
  LockTimeout: 24,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  NotSingleValueField: 54,
  EmptyFieldName: 56,
  DottedFieldName: 57,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  IndexAlreadyExists: 68,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  ShutdownInProgress: 91,
  WriteConflict: 112,
  CommandNotSupported: 115,
  DocumentFailedValidation: 121,
  ExceededMemoryLimit: 146,
  InvalidIndexSpecificationOption: 197,
  MechanismUnavailable: 334,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  KeyTooLong: 17280,
  UnrecognizedCommand: 40324,
  OutOfDiskSpace: 14031,
} as const;

/** Name of an error code that this gateway can answer with. */
export type ErrorCodeName = keyof typeof ERROR_CODES;

const BY_SQLSTATE: Readonly<Record<string, ErrorCodeName>> = {
  // DocumentDB's own
  M0000: 'InternalError',
  M0001: 'BadValue',
  M0003: 'FailedToParse',
  M0004: 'TypeMismatch',
  M0005: 'Overflow',
  M0006: 'IllegalOperation',
  M0008: 'NamespaceNotFound',
  M0009: 'IndexNotFound',
  M000A: 'PathNotViable',
  M000D: 'ConflictingUpdateOperators',
  M000E: 'CursorNotFound',
  M000F: 'NamespaceExists',
  M000G: 'DollarPrefixedFieldName',
  M000I: 'NotSingleValueField',
  M000J: 'EmptyFieldName',
  M000K: 'DottedFieldName',
  M000M: 'ImmutableField',
  M000N: 'CannotCreateIndex',
  M000O: 'IndexAlreadyExists',
  M000P: 'InvalidOptions',
  M000Q: 'InvalidNamespace',
  M000R: 'IndexOptionsConflict',
  M000S: 'IndexKeySpecsConflict',
  M000U: 'CommandNotSupported',
  M000W: 'ExceededMemoryLimit',
  M001B: 'BSONObjectTooLarge',
  M001C: 'DuplicateKey',
  M0012: 'InvalidIndexSpecificationOption',
  M00CO: 'DocumentFailedValidation',
  M007U: 'UnrecognizedCommand',
  // PostgreSQL's
  '23505': 'DuplicateKey', // unique violation
  '23P01': 'DuplicateKey', // exclusion violation: how DocumentDB keeps unique indexes other than _id
  '40001': 'WriteConflict', // serialization failure
  '40P01': 'WriteConflict', // deadlock
  '42P01': 'NamespaceNotFound', // undefined table
  '42501': 'Unauthorized',
  '0A000': 'CommandNotSupported',
  '22P02': 'BadValue', // bad text of a value
  '22P03': 'BadValue', // bad binary form of a value
  '22023': 'BadValue', // bad parameter
  '53100': 'OutOfDiskSpace',
  '54000': 'KeyTooLong', // a limit of the program, of which a write meets that of an index row
  '55P03': 'LockTimeout',
  '57014': 'MaxTimeMSExpired', // cancelled by statement_timeout
};

/** The wire's error for a SQLSTATE; UnknownError for one without a counterpart. */
export function errorOfSqlState(sqlState: string): ErrorCodeName {
  return BY_SQLSTATE[sqlState] ?? 'UnknownError';
}

/** The SQLSTATE that the engine packed into the int32 `code` of a write error. */
export function unpackSqlState(packed: number): string {
  let sqlState = '';
  for (let shift = 0; shift < 30; shift += 6) {
    sqlState += String.fromCharCode(((packed >> shift) & 0x3f) + 48);
  }
  return sqlState;
}
