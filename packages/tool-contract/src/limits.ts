/** How long keys and values may be; the api's settings of the same names. */
export interface Limits {
  /** Longest key, in bytes of UTF-8. */
  readonly maxKeyBytes: number;
  /** Largest value, in bytes of UTF-8. */
  readonly maxValueBytes: number;
}

/** The settings' defaults: 1 KiB and 1 MiB. */
export const DEFAULT_LIMITS: Limits = { maxKeyBytes: 1024, maxValueBytes: 1_048_576 };
