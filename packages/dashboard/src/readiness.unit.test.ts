import { expect, it } from 'vitest';
import { drainsOf, writesOf } from './readiness.js';
import { knownPod } from './testing/known-pod.js';

const { answer } = knownPod();
const away = { answers: false, tookMs: null };
const troubled = (name: string) => ({
  ...answer,
  load: { ...answer.load, troubles: [{ name, severity: 'bad' as const, message: '' }] },
});

it('writes fail where the pod finds that they do, and while Redis does not answer', () => {
  expect(writesOf(answer).text).toBe('writes succeed');
  for (const name of ['WRITES_FAIL', 'REDIS_UNREACHABLE', 'REDIS_UNFIT', 'STORES_REFUSED'])
    expect(writesOf(troubled(name)).text, name).toBe('writes fail');
  const stores = { ...answer.stores, cache: away };
  expect(writesOf({ ...answer, stores }).text).toBe('writes fail');
});

it('writes succeed while MongoDB is away, whatever becomes of drains', () => {
  const stores = { ...answer.stores, mongodb: away };
  expect(writesOf({ ...troubled('DRAINS_FAIL'), stores }).text).toBe('writes succeed');
});

it.each([
  ['drains succeed', answer],
  ['drains fail', troubled('DRAINS_FAIL')],
  ['drains lack Redis', { ...answer, stores: { ...answer.stores, cache: away } }],
  ['drains lack MongoDB', { ...answer, stores: { ...answer.stores, mongodb: away } }],
  ['a slot is not drained', troubled('NOT_DRAINED')],
  ['no projector runs', { ...answer, projectors: 0 }],
  ['drains not known', { ...answer, projectors: null }],
  [
    'drains paused, 5 s ago',
    { ...answer, paused: [{ part: 'projector' as const, at: new Date(1000).toISOString() }] },
  ],
])('of drains it is told: %s', (text, said) => {
  expect(drainsOf(said, 6000).text).toBe(text);
});
