import type { SyncMethod } from '@hybrid-sync/trials';
import { Pool } from 'undici';
import type { OpenRow, RowSurroundings } from './row.js';

/** `POST /kv/batch` of as many sets as a call has, one connection per call under way. */
export async function bulkOverHttp({ serverUrl, pairs, maxClients }: RowSurroundings): Promise<OpenRow> {
  if (serverUrl === undefined) throw new Error('a row over HTTP needs a server');
  const pool = new Pool(serverUrl, { connections: maxClients, pipelining: 1 });
  const headers = { 'content-type': 'application/json' };
  // Calls of different batch sizes follow each other, so they count their writes themselves.
  let written = 0;
  return {
    async write(_number, batch) {
      const operations = Array.from({ length: batch }, () => {
        const { key, value } = pairs.at(written++);
        return { op: 'set', key, value };
      });
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/kv/batch',
        headers,
        body: JSON.stringify({ operations }),
      });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`HTTP ${statusCode}: ${text.slice(0, 200)}`);
      return slowestIn(text, batch);
    },
    close: () => pool.close(),
  };
}

/** What is not `ASYNC_THREAD` in an answer of so many results counts for all of the call. */
function slowestIn(text: string, batch: number): SyncMethod {
  // Looked for, not parsed: the load generator shares the machine with what it loads.
  const fast = text.split('"method":"ASYNC_THREAD"').length - 1;
  if (fast === batch) return 'ASYNC_THREAD';
  if (text.includes('"error":')) throw new Error(`a write of the batch failed: ${text.slice(0, 200)}`);
  return text.includes('"method":"JOURNALED"') ? 'JOURNALED' : 'EVENT_BASED';
}
