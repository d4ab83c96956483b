import { expect, it } from 'vitest';
import { errorWithoutPayload } from './error-serializer.js';

it('a logged error says where and what, but not what the store was given', () => {
  const secret = 'the value of a client';
  const error = Object.assign(new Error(`E11000 ${'x'.repeat(300)} ${secret}`), {
    code: 11_000,
    writeErrors: [{ op: { lastValue: secret } }],
  });
  const logged = errorWithoutPayload(error);
  expect(logged).toMatchObject({
    type: 'Error',
    code: 11_000,
    stack: expect.stringContaining('error-serializer'),
  });
  expect(logged.message).toMatch(/^E11000/);
  expect(JSON.stringify(logged)).not.toContain(secret);
});
