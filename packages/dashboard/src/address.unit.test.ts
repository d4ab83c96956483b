import { describe, expect, it } from 'vitest';
import { hashOf, placeOf } from './address.js';

describe('the place that an address names', () => {
  it.each(['greeting', 'a/b?c=d#e', '100%', '..', 'é 日本', '#keys'])(
    'has the key %j, there and back',
    (key) => {
      expect(placeOf(hashOf('keys', key))).toEqual({ view: 'keys', detail: key });
    },
  );

  it('is the overview where it names none, and a view alone where it names nothing of it', () => {
    expect(placeOf('')).toEqual({ view: 'overview', detail: '' });
    expect(placeOf(hashOf('mend'))).toEqual({ view: 'mend', detail: '' });
    expect(placeOf('#keys/')).toEqual({ view: 'keys', detail: '' });
  });

  it('is none for what is no view, and takes a key as it stands where that is no encoding', () => {
    expect(placeOf('#main')).toBeUndefined();
    expect(placeOf('#keys/50%')).toEqual({ view: 'keys', detail: '50%' });
  });
});
