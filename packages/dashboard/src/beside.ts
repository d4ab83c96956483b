/** Longest wait for an answer, in milliseconds. */
const DEADLINE_MS = 10_000;

/**
 * Asks for something that the api serves for this page alone. `token`: undefined for none.
 * @returns "refused" where the token is none that may ask; undefined where nothing else answers: the page's headline says
 *   that then
 */
export async function askBeside<Answer extends object>(
  path: string,
  token: string | undefined,
): Promise<Answer | 'refused' | undefined> {
  try {
    // Relative to the page, so that it works under whatever path a proxy has.
    const response = await fetch(`dashboard/${path}`, {
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(DEADLINE_MS),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    if (response.status === 401 || response.status === 403) return 'refused';
    return response.ok ? ((await response.json()) as Answer) : undefined;
  } catch {
    return undefined;
  }
}
