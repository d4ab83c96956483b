import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { bytesOf, keptText, typedValueIn } from './typed-value.js';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.stop());

const someBytes = fc.oneof(
  fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => Buffer.from(text.toWellFormed())),
  // Halves of characters, and what begins as the mark does.
  fc
    .constantFrom('\0', '\0da', 'ta:', '\0data:', 'text/html,', ';base64,', '')
    .map((text) => Buffer.from(text)),
  fc.constantFrom([0xe2, 0x82], [0xac], [0xc3], [0xa9], [0xff]).map((bytes) => Buffer.from(bytes)),
);
/** A value as a caller may set it: text, bytes, with a type or without. */
const someValue = fc.oneof(
  fc.constant(undefined),
  fc.record({
    bytes: someBytes,
    contentType: fc.constantFrom(undefined, 'text/html', 'text/plain; charset=utf-8', 'image/png'),
  }),
);

it('bytes that are long to encode are appended too, each once, whoever else appends', async () => {
  const { sync } = api.pod.running;
  const key = randomUUID();
  const { version } = await sync.set({ key, value: `\0data:text/html,${'é'.repeat(2000)}`, ttlSec: 600 });
  const long = Buffer.alloc(1500, 0xff);
  await Promise.all(Array.from({ length: 5 }, () => sync.append({ key, bytes: long })));
  const pair = await api.pod.stores.cache.get(key);
  const value = typedValueIn(pair?.value ?? '');
  expect(value).toMatchObject({ contentType: 'text/html', encoding: 'base64' });
  expect(bytesOf(value)).toEqual(
    Buffer.concat([Buffer.from('é'.repeat(2000)), ...Array.from({ length: 5 }, () => long)]),
  );
  expect(pair?.expireAt).toBeDefined();
  expect(pair?.version).toBeGreaterThan(version);
  const created = randomUUID();
  await sync.append({ key: created, bytes: long });
  expect(bytesOf(typedValueIn((await api.pod.stores.cache.get(created))?.value ?? ''))).toEqual(long);
  await expect(sync.append({ key, bytes: Buffer.alloc(1_000_000, 0xff) })).rejects.toThrow('more than');
});

it('bytes appended to any value, of any type, are behind its bytes, and the type stays', async () => {
  const { sync } = api.pod.running;
  await fc.assert(
    fc.asyncProperty(someValue, fc.array(someBytes, { minLength: 1, maxLength: 4 }), async (first, more) => {
      const key = randomUUID();
      if (first !== undefined) {
        const given = { value: first.bytes.toString('base64'), encoding: 'base64' as const };
        const text = { value: first.bytes.toString('utf8') };
        const isText = Buffer.from(text.value).equals(first.bytes);
        const { contentType } = first;
        const value = keptText({ encoding: undefined, contentType, ...(isText ? text : given) }, 1000);
        await sync.set({ key, value });
      }
      let kept = '';
      for (const bytes of more) kept = (await sync.append({ key, bytes }, { answer: 'journaled' })).value;
      const whole = Buffer.concat([first?.bytes ?? Buffer.alloc(0), ...more]);
      const value = typedValueIn(kept);
      expect(bytesOf(value)).toEqual(whole);
      if (first?.contentType !== undefined) expect(value.contentType).toBe(first.contentType);
      // Text stays text where all its parts are.
      const parts = [first?.bytes ?? Buffer.alloc(0), ...more];
      if (parts.every((part) => Buffer.from(part.toString()).equals(part))) {
        expect(value.encoding).toBeUndefined();
        if (first?.contentType === undefined) expect(value).toEqual({ value: whole.toString() });
      }
      expect((await api.pod.stores.cache.get(key))?.value).toBe(kept);
    }),
    { numRuns: 200 },
  );
});
