import { expect, it } from 'vitest';
import type { PastChange } from './change-words.js';
import { undoOf } from './undo.js';

const change = (revision: number, by: string, settings: PastChange['settings']): PastChange => ({
  revision,
  at: '2026-11-26T10:00:00.000Z',
  by,
  reason: null,
  settings,
});
const mode = (before: string | null, after: string | null) => ({ name: 'app.sync.mode', before, after });

it('an undo sets what was set before, and goes back to the start where nothing was', () => {
  const other = { name: 'app.log.level', before: 'warn', after: 'debug' };
  const { values, effects } = undoOf(change(1, 'ann', [mode(null, 'hybrid'), other]), []);
  expect(values).toEqual({ 'app.sync.mode': null, 'app.log.level': 'warn' });
  expect(effects).toEqual(['Sets app.sync.mode to the value of the start.', 'Sets app.log.level to warn.']);
});

it('an undo tells of the last change of the same setting that it goes over, and of no other', () => {
  const later = [
    change(4, 'cy', [{ name: 'app.log.level', before: null, after: 'warn' }]),
    change(3, 'bob', [mode('hybrid', 'event-only')]),
    change(2, 'ann', [mode('adaptive', 'hybrid')]),
  ];
  const { values, effects } = undoOf(change(1, 'ann', [mode(null, 'adaptive')]), later);
  expect(values).toEqual({ 'app.sync.mode': null });
  expect(effects).toHaveLength(2);
  expect(effects[1]).toContain('bob has set app.sync.mode to event-only since (change 3)');
});
