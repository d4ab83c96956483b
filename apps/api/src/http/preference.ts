import { RESPOND_ASYNC } from '@hybrid-sync/tool-contract';

/** The preference in a list of them (RFC 7240), which may have parameters, and an empty value. */
const ASKED = new RegExp(`(?:^|,)\\s*${RESPOND_ASYNC}\\s*(?:=\\s*(?:""\\s*)?)?(?:[;,]|$)`, 'i');

/** What an answer says that followed the preference. */
export const APPLIED = ['preference-applied', RESPOND_ASYNC] as const;

/** Whether a request prefers to be answered before its write is synced. `prefer`: its `Prefer`; absent for none. */
export function prefersAsync(prefer: string | string[] | undefined): boolean {
  return prefer !== undefined && ASKED.test([prefer].flat().join());
}
