import type { Mind } from './agent.js';

/**
 * Remembers a note for the next conversation, and makes sure that it outlives Redis: writes it only where there is none,
 * waits until MongoDB has that version, and says what it knows.
 */
export const remembers =
  (key: string, note: string): Mind =>
  async (tools, seen) => {
    if (!tools.some(({ name }) => name === 'kv_set')) return { done: 'no tool that writes' };
    const last = seen.at(-1);
    const answer = (last?.answer ?? {}) as { found?: boolean; value?: string; version?: number };
    switch (last?.tool) {
      case undefined:
        return { tool: 'kv_get', args: { key } };
      case 'kv_get':
        return answer.found
          ? { done: `known: ${answer.value}` }
          : { tool: 'kv_set', args: { key, value: note, ifAbsent: true } };
      case 'kv_set':
        // Another agent was faster: look again.
        if (last?.failed) return { tool: 'kv_get', args: { key } };
        return { tool: 'hybrid_sync_wait', args: { key, version: answer.version, waitMs: 10_000 } };
      default:
        return { done: last?.failed ? 'not yet in MongoDB' : `noted: ${note}` };
    }
  };
