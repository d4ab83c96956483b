import { SYNC_METHODS, type SyncMethod } from '@hybrid-sync/trials';
import { Pool } from 'undici';
import type { OpenRow, RowSurroundings } from './row.js';

/** `PUT /kv/{key}` to a server of its own process, one connection per client, kept open. */
export async function overHttp({ serverUrl, pairs, maxClients }: RowSurroundings): Promise<OpenRow> {
  if (serverUrl === undefined) throw new Error('a row over HTTP needs a server');
  const pool = new Pool(serverUrl, { connections: maxClients, pipelining: 1 });
  const headers = { 'content-type': 'application/json' };
  return {
    async write(number) {
      const { key, value } = pairs.at(number);
      const path = `/kv/${encodeURIComponent(key)}`;
      const { statusCode, body } = await pool.request({
        method: 'PUT',
        path,
        headers,
        body: JSON.stringify({ value }),
      });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`HTTP ${statusCode}: ${text.slice(0, 200)}`);
      return methodIn(text);
    },
    close: () => pool.close(),
  };
}

/** The method in an answer; undefined for the bare route's, which has none. */
function methodIn(text: string): SyncMethod | undefined {
  // Looked for, not parsed: the load generator shares the machine with what it loads.
  return SYNC_METHODS.find((method) => text.includes(`"method":"${method}"`));
}
