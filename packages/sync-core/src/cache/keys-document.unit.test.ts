import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CacheKeys } from './keys.js';

const HOW_IT_WORKS = new URL('../../../../docs/how-it-works.md', import.meta.url);
/** Not names: what they hold, how to find them, a part of one. */
const NO_NAMES = ['constructor', 'pairPattern', 'keyOfPair'];

it('docs/how-it-works.md lists every key in Redis', () => {
  const keys = new CacheKeys('hs', 32);
  const methods = Object.getOwnPropertyNames(CacheKeys.prototype).filter((name) => !NO_NAMES.includes(name));
  const names = methods.map((method) =>
    // A slot and a key that no name has by chance.
    (keys[method as 'pair'](99, '<key>') as string).replace('{99}', '{<slot>}').replace(/:99$/, ':<id>'),
  );
  const table = readFileSync(HOW_IT_WORKS, 'utf8').split(/<!-- keys(?:: end)? -->/)[1] ?? '';
  const documented = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  // BullMQ's own, and those of the rate limit, are not named here.
  expect(documented.filter((name) => !name?.endsWith(':…')).sort()).toEqual(names.sort());
});
