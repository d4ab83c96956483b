import { expect, it } from 'vitest';
import { placeOf } from '../address.js';
import { addressOf, askedIn } from './report-address.js';

it.each(['user:', 'a b&c=d', '50% #1?', 'é/日本', ''])(
  'the address of a report says what was asked of %j, there and back',
  (keys) => {
    const asking = { job: 'verify', keys, perSecond: '100', report: '2026-11-26T19:00:00.123Z' };
    expect(askedIn(addressOf(asking))).toEqual(asking);
    expect(placeOf(addressOf(asking))?.view).toBe('mend');
  },
);

it('an address may say less, or nothing', () => {
  expect(addressOf({ job: 'repair', keys: '', perSecond: '', report: '' })).toBe('#mend/repair');
  expect(askedIn('#mend/repair')).toEqual({ job: 'repair', keys: '', perSecond: '', report: '' });
  expect(askedIn('#mend')).toEqual({ job: '', keys: '', perSecond: '', report: '' });
});
