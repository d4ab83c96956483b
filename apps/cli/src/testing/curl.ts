import { findCurl } from '@hybrid-sync/services';
import { execa } from 'execa';

/** Before the status, after the body; no body of ours has a line of this. */
const MARK = '\nstatus ';

/** A request as somebody types it. */
export interface CurlRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
}

/** Sends a request with a curl process. @throws ServicesError where there is no curl and it can't be installed */
export async function curl({ method, url, headers, body }: CurlRequest) {
  // --globoff: without it, brackets and braces in a URL are curl's own patterns.
  const fixed = [
    '--silent',
    '--show-error',
    '--globoff',
    '--noproxy',
    '*',
    '--write-out',
    `${MARK}%{http_code}`,
  ];
  const fields = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const data = body === undefined ? [] : ['--data-binary', '@-'];
  const { stdout } = await execa(
    await findCurl(),
    [...fixed, '--request', method, ...fields, ...data, url.href],
    body === undefined ? { stdin: 'ignore' } : { input: body },
  );
  const end = stdout.lastIndexOf(MARK);
  return { status: Number(stdout.slice(end + MARK.length)), json: JSON.parse(stdout.slice(0, end)) };
}
