import type { RealApp } from '@hybrid-sync/services/real-app';

/** Writes a pair over HTTP. @returns the answer's status and body */
export async function put(
  app: RealApp,
  key: string,
  value: string,
  more: { headers?: Record<string, string>; method?: 'PUT' | 'DELETE' } = {},
) {
  const { headers = {}, method = 'PUT' } = more;
  const response = await fetch(`${app.url}/kv/${encodeURIComponent(key)}`, {
    method,
    headers: { ...(method === 'PUT' ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(method === 'PUT' ? { body: JSON.stringify({ value }) } : {}),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer };
}

/** What a write answers. */
export interface Answer {
  readonly key: string;
  readonly version: number;
  readonly method: 'ASYNC_THREAD' | 'EVENT_BASED' | 'JOURNALED';
}
