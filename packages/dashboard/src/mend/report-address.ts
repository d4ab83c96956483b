import { hashOf } from '../address.js';

/** What an address of the view that mends asks for; what is empty is not said. */
export interface Asking {
  /** The job's name. */
  readonly job: string;
  /** A prefix, or of an import a pattern. */
  readonly keys: string;
  /** Keys per second, at most. */
  readonly perSecond: string;
  /** When the report was begun that is meant, as ISO 8601 has it: no two are begun in one millisecond. */
  readonly report: string;
}

/** The address that asks for this, as `#mend/verify?keys=user%3A&report=2026-11-26T19%3A00%3A00.000Z`. */
export function addressOf({ job, ...asked }: Asking): string {
  const words = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== '')).toString();
  return `${hashOf('mend')}/${job}${words === '' ? '' : `?${words}`}`;
}

/** What an address asks for. */
export function askedIn(hash: string): Asking {
  const [, job = '', words] = /^#mend\/?([^?]*)\??(.*)$/s.exec(hash) ?? [];
  const asked = new URLSearchParams(words);
  const said = (name: string) => asked.get(name) ?? '';
  return { job, keys: said('keys'), perSecond: said('perSecond'), report: said('report') };
}
