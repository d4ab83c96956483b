import { createToken } from '@hybrid-sync/access-tokens';
import { expect, it } from 'vitest';
import { send } from '../testing/http-request.js';
import { startInProcessApi } from '../testing/in-process-api.js';

it.each<[string, Record<string, string>, object[]]>([
  ['there are none', {}, []],
  ['there are some', { API_TOKENS: createToken({ name: 'reader', role: 'read' }).entry }, [{ token: [] }]],
])('the document asks for tokens as the service does: where %s', async (_, env, security) => {
  const api = await startInProcessApi(env);
  try {
    const { body } = await send(api.app, { url: '/openapi.json' });
    expect(body.security).toEqual(security);
    const { status } = await send(api.app, { url: '/sync/stats' });
    expect(status).toBe(security.length === 0 ? 200 : 401);
  } finally {
    await api.stop();
  }
});
