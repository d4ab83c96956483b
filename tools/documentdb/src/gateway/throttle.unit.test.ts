import { deserialize, serialize } from 'bson';
import { expect, it, vi } from 'vitest';
import type { CommandCall, GatewayState } from './command.js';
import { rawFields } from './raw-document.js';
import { update } from './write-commands.js';

const call = vi.fn(async () => ['BSONHEX05000000000', 't']);
/** A state of which a write needs no more than this. */
const state = { engine: { call }, throttled: new Set(['kv_shadow']) } as unknown as GatewayState;

function updates(collection: string, count: number): CommandCall {
  const spec = Buffer.from(
    serialize({ update: collection, updates: Array.from({ length: count }, () => ({ q: {}, u: {} })) }),
  );
  return { name: 'update', db: 'd', spec, fields: rawFields(spec), sequence: null };
}

it('a throttled collection refuses each operation of a write with 16500, and the engine hears of none', async () => {
  expect(deserialize(await update(updates('kv_shadow', 2), state))).toMatchObject({
    ok: 1,
    n: 0,
    writeErrors: [
      { index: 0, code: 16_500 },
      { index: 1, code: 16_500 },
    ],
  });
  expect(call).not.toHaveBeenCalled();
});

it('other collections go on', async () => {
  await update(updates('outbox', 1), state).catch(() => undefined);
  expect(call).toHaveBeenCalledOnce();
});
