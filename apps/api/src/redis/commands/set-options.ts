import type { Expiry, SetIfInput } from '@hybrid-sync/sync-core';
import { invalidExpiry, millisecondsIn, syntaxError, wordIn } from '../command.js';

/** How the options that say when a pair expires count. */
const EXPIRY_OPTIONS = {
  EX: { unit: 'seconds', relative: true },
  PX: { unit: 'milliseconds', relative: true },
  EXAT: { unit: 'seconds', relative: false },
  PXAT: { unit: 'milliseconds', relative: false },
} as const;

type ExpiryOption = keyof typeof EXPIRY_OPTIONS;

/** An option that says when a pair expires, with its number, which is not read yet. */
export interface AskedExpiry {
  readonly option: ExpiryOption;
  readonly argument: Buffer;
}

/** What a SET says beside key and value. */
export type RedisSetOptions = Pick<SetIfInput, 'onlyIf' | 'keepExpiry' | 'returnOld'> & Expiry;

/** Reads the options of a SET. @throws CommandError */
export function setOptions(args: readonly Buffer[]): RedisSetOptions {
  let expiry: AskedExpiry | undefined;
  let keepExpiry = false;
  let onlyIf: SetIfInput['onlyIf'];
  let returnOld = false;
  for (let at = 0; at < args.length; at++) {
    const option = wordIn(args[at]);
    const argument = args[at + 1];
    if (option === 'NX' && onlyIf !== 'present') onlyIf = 'absent';
    else if (option === 'XX' && onlyIf !== 'absent') onlyIf = 'present';
    else if (option === 'GET') returnOld = true;
    else if (option === 'KEEPTTL' && expiry === undefined) keepExpiry = true;
    else if (isExpiryOption(option) && (expiry?.option ?? option) === option && !keepExpiry && argument) {
      expiry = { option, argument };
      at++;
    } else throw syntaxError();
  }
  return { ...(expiry && expiryIn(expiry, 'set')), keepExpiry, onlyIf, returnOld };
}

/** What a GETEX says beside its key; undefined for nothing. @throws CommandError */
export function getExOptions(args: readonly Buffer[]): AskedExpiry | 'persist' | undefined {
  let asked: AskedExpiry | 'persist' | undefined;
  for (let at = 0; at < args.length; at++) {
    const option = wordIn(args[at]);
    const argument = args[at + 1];
    const before = typeof asked === 'object' ? asked.option : asked;
    if (option === 'PERSIST' && (before ?? 'persist') === 'persist') asked = 'persist';
    else if (isExpiryOption(option) && (before ?? option) === option && argument) {
      asked = { option, argument };
      at++;
    } else throw syntaxError();
  }
  return asked;
}

/** The expiry that an option asks for. @throws CommandError where it is none above 0 */
export function expiryIn({ option, argument }: AskedExpiry, command: string): Expiry {
  const ms = millisecondsIn(argument, EXPIRY_OPTIONS[option], command);
  if (ms <= 0) throw invalidExpiry(command);
  return EXPIRY_OPTIONS[option].relative ? expiresIn(ms) : { expireAt: ms };
}

/** An expiry in so many milliseconds; later than any date can tell is never. */
export function expiresIn(ms: number): Expiry {
  return ms <= 0 ? { expireAt: 1 } : ms > Number.MAX_SAFE_INTEGER / 1000 ? {} : { ttlMs: ms };
}

function isExpiryOption(option: string): option is ExpiryOption {
  return Object.hasOwn(EXPIRY_OPTIONS, option);
}
