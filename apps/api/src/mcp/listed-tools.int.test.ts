import { createToken } from '@hybrid-sync/access-tokens';
import { toolContract } from '@hybrid-sync/tool-contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const TOKENS = (['read', 'write', 'admin'] as const).map((role) => ({
  role,
  ...createToken({ name: role, role }),
}));
const INCLUDED = { read: ['read'], write: ['read', 'write'], admin: ['read', 'write', 'admin'] };

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi({ API_TOKENS: TOKENS.map(({ entry }) => entry).join(' ') });
});
afterAll(() => api.stop());

it.each(TOKENS)('a token of the role $role is shown the tools that it may use', async ({ role, token }) => {
  const answer = await api.app.inject({
    method: 'POST',
    url: '/mcp',
    headers: { host: 'localhost', authorization: `Bearer ${token}` },
    payload: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
  });
  const { tools } = answer.json().result as { tools: { name: string }[] };
  const usable = Object.entries(toolContract()).filter(([, terms]) => INCLUDED[role].includes(terms.role));
  expect(tools.map(({ name }) => name)).toEqual(usable.map(([name]) => name));
});
