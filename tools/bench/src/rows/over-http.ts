import { SYNC_METHODS, type SyncMethod } from '@hybrid-sync/trials';
import { Pool } from 'undici';
import { MOST_CLIENTS, type OpenRow, type RowSurroundings } from './row.js';

/** `PUT /kv/{key}` to a server of its own process. */
export async function overHttp(surroundings: RowSurroundings): Promise<OpenRow> {
  const { ask, close } = openPool(surroundings);
  return {
    async write(number) {
      const { key, value } = surroundings.pairs.at(number);
      const text = await ask('PUT', `/kv/${encodeURIComponent(key)}`, { value });
      // Undefined for the bare route's answer, which has no method.
      return SYNC_METHODS.find((method) => text.includes(`"method":"${method}"`));
    },
    close,
  };
}

/** `POST /kv/batch` of as many sets as a call has. */
export async function bulkOverHttp(surroundings: RowSurroundings): Promise<OpenRow> {
  const { ask, close } = openPool(surroundings);
  // Calls of different batch sizes follow each other, so they count their writes themselves.
  let written = 0;
  return {
    async write(_number, batch) {
      const operations = Array.from({ length: batch }, () => {
        const { key, value } = surroundings.pairs.at(written++);
        return { op: 'set', key, value };
      });
      return slowestIn(await ask('POST', '/kv/batch', { operations }), batch);
    },
    close,
  };
}

/**
 * One connection for each call under way, kept open. Answers are text: they are looked into and not parsed, since the load
 * generator shares the machine with what it loads.
 */
function openPool({ serverUrl }: RowSurroundings) {
  if (serverUrl === undefined) throw new Error('a row over HTTP needs a server');
  const pool = new Pool(serverUrl, { connections: MOST_CLIENTS, pipelining: 1 });
  const headers = { 'content-type': 'application/json' };
  return {
    async ask(method: 'PUT' | 'POST', path: string, input: object): Promise<string> {
      const { statusCode, body } = await pool.request({ method, path, headers, body: JSON.stringify(input) });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`HTTP ${statusCode}: ${text.slice(0, 200)}`);
      return text;
    },
    close: () => pool.close(),
  };
}

/** What is not `ASYNC_THREAD` in an answer of so many results counts for all of the call. */
function slowestIn(text: string, batch: number): SyncMethod {
  const fast = text.split('"method":"ASYNC_THREAD"').length - 1;
  if (fast === batch) return 'ASYNC_THREAD';
  if (text.includes('"error":')) throw new Error(`a write of the batch failed: ${text.slice(0, 200)}`);
  return text.includes('"method":"JOURNALED"') ? 'JOURNALED' : 'EVENT_BASED';
}
