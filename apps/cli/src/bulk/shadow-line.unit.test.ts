import { describe, expect, it } from 'vitest';
import { pairOfShadow } from './shadow-line.js';

const read = (fields: object) => pairOfShadow(JSON.stringify({ _id: 'k', lastValue: 'v', ...fields }));

describe('when a shadow expires', () => {
  const AT = Date.UTC(2099, 0);
  const NEVER = Date.UTC(10_000, 0);
  it.each(['2099-01-01T00:00:00Z', '2099-01-01T01:00:00.000+0100', { $numberLong: `${AT}` }, AT])(
    'is read from %j',
    ($date) => {
      expect(read({ expireAt: { $date } })).toEqual({
        pair: { key: 'k', value: 'v', expireAt: '2099-01-01T00:00:00.000Z' },
      });
    },
  );

  it('is never after the year 9999', () => {
    const expireAt = { $date: { $numberLong: `${NEVER}` } };
    expect(read({ expireAt })).toEqual({ pair: { key: 'k', value: 'v' } });
    expect(read({ expireAt: { $date: { $numberLong: `${NEVER - 1}` } } })).toMatchObject({
      pair: { expireAt: '9999-12-31T23:59:59.999Z' },
    });
  });

  it.each([null, 'soon', { $date: 'soon' }, { $date: { $numberLong: '8640000000000001' } }])(
    'is not %j',
    (expireAt) => expect(read({ expireAt })).toEqual({ fault: 'expireAt: is of no shadow' }),
  );
});

it.each([
  ['\0data:image/png;base64,QUJD', { value: 'QUJD', contentType: 'image/png', encoding: 'base64' }],
  ['\0data:text/html,<p>', { value: '<p>', contentType: 'text/html' }],
  ['\0data:,\0data:x', { value: '\0data:x' }],
  ['\0data:;base64,QUJD', { value: 'QUJD', encoding: 'base64' }],
  ['\0data:foo,bar', { value: '\0data:foo,bar' }],
  ['\0data:foo;base64,bar', { value: '\0data:foo;base64,bar' }],
  ['\0data:no comma', { value: '\0data:no comma' }],
])('the value %j is that of the api', (lastValue, pair) => {
  expect(read({ lastValue })).toEqual({ pair: { key: 'k', ...pair } });
});

it.each(['null', '[]', '1', '"x"'])('%s is no shadow', (line) => {
  expect(pairOfShadow(line)).toEqual({ fault: 'is no shadow' });
});

it('a type that does not end takes time in proportion to its length', () => {
  const value = `\0data:a/${'a'.repeat(400_000)}`;
  expect(read({ lastValue: value })).toEqual({ pair: { key: 'k', value } });
});
