import { expect, test } from 'vitest';
import { CURSOR_TIMEOUT_MS, CursorStore } from './cursor-store.js';

const cursor = (continuation: string) => ({ db: 'shop', continuation });

test('a cursor is kept until it is closed, with its latest continuation', () => {
  const cursors = new CursorStore();
  cursors.keep('1', cursor('a'));
  cursors.keep('1', cursor('b'));
  expect(cursors.find('1')).toMatchObject({ continuation: 'b' });
  expect(cursors.close('1')).toBe(true);
  expect(cursors.close('1')).toBe(false);
  expect(cursors.find('1')).toBeUndefined();
});

test('a cursor nobody uses is forgotten, one in use is not', () => {
  let now = 0;
  const cursors = new CursorStore(() => now);
  cursors.keep('idle', cursor('a'));
  cursors.keep('used', cursor('a'));
  now = CURSOR_TIMEOUT_MS - 1;
  cursors.keep('used', cursor('b'));
  now = CURSOR_TIMEOUT_MS + 1;
  expect(cursors.find('idle')).toBeUndefined();
  expect(cursors.find('used')).toBeDefined();
  expect(cursors.size).toBe(1);
});
