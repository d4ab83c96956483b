/** Exit codes; `--help` and docs/decisions/0009-the-command-line.md explain them. */
export const EXIT = { done: 0, no: 1, usage: 2, unreachable: 3, notAuthorised: 4 } as const;
/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Exit codes after a signal, as shells have them: 128 and the signal's number. */
export const EXIT_ON_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** The exit codes for `--help`. */
export const EXIT_CODE_HELP = `Exit codes:
  0  done
  1  the answer is no (no such key, not synced yet, condition not met), or the
     api failed or refused
  2  bad usage or invalid input; nothing was changed
  3  the api can't be reached, did not answer in time, or is no hybrid-sync api
  4  the token is missing, unknown or expired, or its role may not do this
  129, 130, 143  ended by a closed terminal, Ctrl-C (SIGINT) or SIGTERM`;
