import type { ServerContext } from '@modelcontextprotocol/server';
import type { OnProgress } from '../tools/tool.js';

/** Least time between two notifications of one call, in milliseconds. */
const EVERY_MS = 500;
/** Under which name of its `_meta` a notification says where a next call would go on. */
export const CURSOR_META_KEY = 'hybrid-sync/cursor';

/**
 * Tells a client how far its call is, where it has asked to be told: the first time at once, then twice a second at most,
 * and always more than before, as MCP wants it.
 */
export function progressTo({ mcpReq }: ServerContext): OnProgress | undefined {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let [told, toldAt] = [-1, Number.NEGATIVE_INFINITY];
  return ({ done, total, message, cursor }) => {
    const now = performance.now();
    if (done <= told || now - toldAt < EVERY_MS) return;
    [told, toldAt] = [done, now];
    const params = {
      ...{ progressToken, progress: done, message },
      ...(total === undefined ? {} : { total }),
      ...(cursor === undefined ? {} : { _meta: { [CURSOR_META_KEY]: cursor } }),
    };
    // Who has gone is not told; the task ends by the request's own signal.
    void mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
  };
}
