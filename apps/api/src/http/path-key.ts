import { InvalidInputError } from '@hybrid-sync/sync-core';

/** What HTTP lets through in a path, and a client or a proxy would take for a slash or for the path's end. */
const UNENCODED = /[\\#]/;
/** A segment that clients and proxies resolve or drop on the way, also where its dots are percent-encoded. */
const LOST_SEGMENT = /(?:^|\/)(?:\.|%2e){0,2}(?:\/|$)/i;

/**
 * Checks the key in a path, everything after `prefix`, as it was sent. Other parties on the way would see another path
 * in some, and a rule of theirs could be got around with one.
 * @throws InvalidInputError naming `key`
 */
export function checkPathKey(url: string, prefix: string): void {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  if (UNENCODED.test(path)) {
    throw new InvalidInputError('key', 'has a backslash or # in its path that is not percent-encoded');
  }
  const raw = path.slice(prefix.length);
  if (raw !== '' && LOST_SEGMENT.test(raw)) {
    throw new InvalidInputError(
      'key',
      'has an empty segment, "." or ".." in its path; write a slash there as %2F, or call the tool over POST /mcp/message',
    );
  }
}
