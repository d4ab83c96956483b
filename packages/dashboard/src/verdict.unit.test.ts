import { describe, expect, it } from 'vitest';
import type { HistoryAnswer } from './pod-histories.js';
import { knownPod } from './testing/known-pod.js';
import { verdictOf } from './verdict.js';

const LIVE = { kind: 'live' } as const;
const AWAY = { answers: false, tookMs: null };
const THERE = { answers: true, tookMs: 1 };
const { load } = knownPod().answer;

const says = (said: Partial<HistoryAnswer>, rows = {}) =>
  verdictOf(LIVE, knownPod({ at: [1000], ...rows }, said), 0);

describe('what the page says of the whole', () => {
  it('is that all is well only where nothing is found', () => {
    expect(says({})).toMatchObject({ severity: 'good', headline: 'All is well' });
  });

  it.each<[headline: string, severity: string, said: Partial<HistoryAnswer>, rows?: object]>([
    ['Redis does not answer', 'bad', { stores: { cache: AWAY, mongodb: THERE } }],
    ['MongoDB does not answer', 'bad', { stores: { cache: THERE, mongodb: AWAY } }],
    ['Writes are refused', 'bad', {}, { refused: [3] }],
    ...(
      [
        ['No write succeeds', 'bad', 'WRITES_FAIL'],
        ['A projector can not drain', 'bad', 'DRAINS_FAIL'],
        ['A slot waits, and no projector takes it', 'warning', 'NOT_DRAINED'],
        ['A queue is paused', 'warning', 'QUEUE_PAUSED'],
        ['The pod is not ready', 'bad', 'A_LATER_NAME'],
      ] as const
    ).map(([headline, severity, name]): [string, string, Partial<HistoryAnswer>] => [
      headline,
      severity,
      { load: { ...load, troubles: [{ name, severity, message: 'what to do' }] } },
    ]),
    ['High load', 'warning', { load: { ...load, isHighLoad: true, load: 'high' } }],
    ['There are dead letters', 'warning', {}, { deadLetters: [2] }],
    [
      'The fast path is cut off',
      'warning',
      { circuitBreakers: { fast: { state: 'open' }, outbox: { state: 'closed' } } },
    ],
    [
      'The fast path is being tried again',
      'warning',
      { circuitBreakers: { fast: { state: 'half-open' }, outbox: { state: 'closed' } } },
    ],
    ['The fast path is paused', 'warning', { paused: [{ part: 'fast-path' }] }],
    ['The projectors are paused', 'warning', { paused: [{ part: 'projector' }], projectors: 0 }],
    ['No projector runs', 'bad', { projectors: 0 }],
    [
      'The outbox is cut off',
      'warning',
      { circuitBreakers: { fast: { state: 'closed' }, outbox: { state: 'open' } } },
    ],
    [
      'Cache and shadows differ',
      'warning',
      { lastCheck: { at: '', health: 'ISSUES_DETECTED', keys: 9, differing: 1, undecided: 0 } },
    ],
  ])('is "%s" (%s) where that is so', (headline, severity, said, rows = {}) => {
    expect(says(said, rows)).toMatchObject({ severity, headline });
  });

  it('is the worst of what is found, with all of it as reasons', () => {
    const { headline, reasons } = says({ stores: { cache: THERE, mongodb: AWAY } }, { deadLetters: [2] });
    expect(headline).toBe('MongoDB does not answer');
    expect(reasons).toHaveLength(2);
    expect(reasons[1]).toContain('2 events were given up');
  });

  it('is that a token is needed, or that the api does not answer, whatever was known before', () => {
    expect(verdictOf({ kind: 'locked', reason: 'why' }, knownPod(), 0)).toMatchObject({
      severity: 'warning',
      headline: 'A token is needed',
    });
    const failing = verdictOf({ kind: 'failing', reason: 'why.', since: 0 }, knownPod(), 65_000);
    expect(failing).toMatchObject({ severity: 'bad', headline: 'No answer from the api' });
    expect(failing.reasons[0]).toMatch(/^why\. What is shown is from .*1 min/);
  });

  it('is the pause rather than the slots that wait because of it', () => {
    const troubles = [{ name: 'NOT_DRAINED', severity: 'warning' as const, message: '' }];
    const { headline, reasons } = says({ paused: [{ part: 'projector' }], load: { ...load, troubles } });
    expect(headline).toBe('The projectors are paused');
    expect(reasons).toHaveLength(1);
  });

  it('does not take dead letters that cannot be counted for none or some', () => {
    expect(says({}, { deadLetters: [null] }).severity).toBe('good');
  });
});
