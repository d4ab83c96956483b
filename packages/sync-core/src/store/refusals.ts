import { MongoServerError } from 'mongodb';
import { RefusedByServiceError } from '../errors.js';

const UNAUTHORIZED = 13;
/** AuthenticationFailed, and what MongoDB Atlas says instead. */
const NOT_LET_IN = [18, 8000];
/** Longest part of MongoDB's own words that is told, in characters. */
const MAX_WORDS = 120;

/**
 * What MongoDB refuses this process for good, by its name; undefined for an error of another kind. `doing`: what was
 * tried.
 */
export function refusalForGood(error: unknown, doing: string): RefusedByServiceError | undefined {
  if (!(error instanceof MongoServerError)) return undefined;
  if (NOT_LET_IN.includes(Number(error.code))) {
    return new RefusedByServiceError(
      'MongoDB refuses user or password (AuthenticationFailed); set them, and authSource, in MONGODB_URL',
    );
  }
  if (error.code !== UNAUTHORIZED) return undefined;
  const words = error.message.slice(0, MAX_WORDS);
  return new RefusedByServiceError(
    `MongoDB does not allow the user of MONGODB_URL ${doing} (Unauthorized: ${words}); grant it the role readWrite of the database`,
  );
}

/** Does what `doing` says. @throws RefusedByServiceError in place of an error that is a refusal for good */
export async function calledByName<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw refusalForGood(error, doing) ?? error;
  }
}
