import { HybridSyncError } from '../errors.js';

/** How older versions of Redis put what a command of a script was refused for. */
const IN_SCRIPT = /@user_script: ?\d*:? ?-?([A-Z]{2,}) /;
/** How Redis says that a script's user may not do what the script does: not by NOPERM. */
const SCRIPT_NOT_ALLOWED = /user executing the script can't/;
const NO_CONNECTION = /^(?:ECONN|EPIPE|EHOST|ENET|ENOTFOUND|EAI_)/;

/**
 * What something failed of, as a name that can be told to anyone: a code of Redis (`OOM`, `READONLY`), MongoDB
 * (`NotWritablePrimary`) or the system itself, `TIMEOUT`, `NO_CONNECTION`, else the error's class.
 */
export function failureName(error: unknown): string {
  if (error instanceof HybridSyncError)
    return error.cause === undefined ? error.code : failureName(error.cause);
  if (!(error instanceof Error)) return 'UNKNOWN';
  if (error.name === 'ReplyError') return replyName(error.message);
  const { code, codeName } = error as { code?: unknown; codeName?: unknown };
  if (typeof codeName === 'string' && codeName !== '') return codeName;
  if (/timed out|timeout/i.test(`${error.name} ${error.message}`)) return 'TIMEOUT';
  if (typeof code === 'string' && NO_CONNECTION.test(code)) return 'NO_CONNECTION';
  if (/connection is closed|isn't writeable|max retries/i.test(error.message)) return 'NO_CONNECTION';
  return error.name;
}

function replyName(message: string): string {
  if (SCRIPT_NOT_ALLOWED.test(message)) return 'NOPERM';
  return IN_SCRIPT.exec(message)?.[1] ?? /^-?([A-Z]{2,})\b/.exec(message)?.[1] ?? 'ERR';
}
