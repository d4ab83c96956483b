import { HybridSyncError, RedisFaultError } from '../errors.js';
import { refusalOf } from '../redis-refusal.js';

const NO_CONNECTION = /^(?:ECONN|EPIPE|EHOST|ENET|ENOTFOUND|EAI_)/;

/**
 * What something failed of, as a name that can be told to anyone: a code of Redis (`OOM`, `READONLY`), MongoDB
 * (`NotWritablePrimary`) or the system itself, `TIMEOUT`, `NO_CONNECTION`, else the error's class.
 */
export function failureName(error: unknown): string {
  if (error instanceof HybridSyncError)
    return error.cause === undefined ? error.code : failureName(error.cause);
  if (!(error instanceof Error)) return 'UNKNOWN';
  if (error instanceof RedisFaultError) return error.code;
  const refusal = refusalOf(error);
  if (refusal !== undefined) return refusal.code;
  const { code, codeName } = error as { code?: unknown; codeName?: unknown };
  if (typeof codeName === 'string' && codeName !== '') return codeName;
  if (/timed out|timeout/i.test(`${error.name} ${error.message}`)) return 'TIMEOUT';
  if (typeof code === 'string' && NO_CONNECTION.test(code)) return 'NO_CONNECTION';
  if (/connection is closed|isn't writeable|max retries/i.test(error.message)) return 'NO_CONNECTION';
  return error.name;
}
