import { byId, html } from './dom.js';
import { formatAgo, formatCount, formatMs } from './format.js';
import type { HistoryAnswer } from './pod-histories.js';

const INDICATORS: Readonly<Record<string, string>> = {
  threadPoolSaturated: 'Busy workers',
  queueWaiting: 'Batches kept waiting',
  eventBacklog: 'Events waiting',
};
const BREAKERS = { fast: 'Fast path', outbox: 'Outbox' } as const;
const STORES = { cache: 'Redis', mongodb: 'MongoDB' } as const;
const HEALTH = {
  HEALTHY: ['good', '✓ agree'],
  ISSUES_DETECTED: ['warning', '▲ differ'],
  UNKNOWN: ['unknown', '? not known'],
} as const;

const LOAD = {
  normal: ['good', '✓ normal'],
  high: ['warning', '▲ high'],
  unknown: ['unknown', '? not known'],
} as const;

/** The cards that say how load, breakers, stores and the last check stand; each is made anew when it changes. */
export class StateCards {
  readonly #shown = new Map<string, string>();

  /** Shows what the api said. `now`: in milliseconds since 1970. */
  show(answer: HistoryAnswer, now: number): void {
    this.#card('load', answer.load, () => loadRows(answer.load));
    this.#card('breakers', [answer.circuitBreakers, Math.floor(now / 1000)], () => [
      ...breakerRows(answer, now),
      ...storeRows(answer),
    ]);
    this.#card('check', [answer.lastCheck, Math.floor(now / 1000)], () => checkRows(answer, now));
  }

  #card(name: string, basis: unknown, rows: () => Node[]): void {
    const text = JSON.stringify(basis);
    if (this.#shown.get(name) === text) return;
    this.#shown.set(name, text);
    byId(`${name}-card`, HTMLElement).replaceChildren(...rows());
  }
}

function row(label: string, ...values: HTMLElement[]): HTMLElement {
  return html('div', { class: 'row' }, html('span', {}, label), ...values);
}

function pill(severity: string, text: string): HTMLElement {
  return html('span', { class: `pill ${severity}` }, text);
}

function loadRows({ load, recommendation, indicators, pods }: HistoryAnswer['load']): Node[] {
  const [severity, text] = LOAD[load];
  const known = load !== 'unknown';
  return [
    row('Load', pill(severity, text)),
    row('Pods counted', html('span', { class: 'number' }, formatCount(known ? pods : null))),
    // The last sample says nothing any more where load is not known.
    ...(known ? indicators : []).map(({ name, value, threshold, exceeded }) => {
      const label = INDICATORS[name] ?? name;
      const meter = html('meter', {
        min: 0,
        max: Math.max(threshold, 1),
        value: Math.min(value, threshold),
        'aria-label': `${label}: ${value}, high from ${threshold}`,
      });
      meter.classList.toggle('exceeded', exceeded);
      return row(
        label,
        meter,
        html('span', { class: 'number' }, `${formatCount(value)}, high from ${formatCount(threshold)}`),
      );
    }),
    html('p', { class: 'note' }, recommendation),
  ];
}

function breakerRows({ circuitBreakers }: HistoryAnswer, now: number): Node[] {
  return (Object.keys(BREAKERS) as (keyof typeof BREAKERS)[]).map((name) => {
    const { state, openedAt } = circuitBreakers[name];
    const since = openedAt === undefined ? '' : formatAgo(now - Date.parse(openedAt));
    return row(
      `${BREAKERS[name]} breaker`,
      state === 'closed'
        ? pill('good', '✓ closed')
        : pill('warning', `${state === 'open' ? '✕' : '◐'} ${state}`),
      html('span', { class: 'number' }, since),
    );
  });
}

function storeRows({ stores }: HistoryAnswer): Node[] {
  return (Object.keys(STORES) as (keyof typeof STORES)[]).map((name) => {
    const { answers, tookMs } = stores[name];
    return row(
      STORES[name],
      answers ? pill('good', '✓ answers') : pill('bad', '✕ no answer'),
      html('span', { class: 'number' }, answers ? formatMs(tookMs) : ''),
    );
  });
}

function checkRows({ lastCheck }: HistoryAnswer, now: number): Node[] {
  if (lastCheck === null) {
    return [
      html('p', { class: 'note' }, 'No check was made yet. A part of the keys is compared now and then.'),
    ];
  }
  const [severity, text] = HEALTH[lastCheck.health];
  return [
    row('Cache and shadows', pill(severity, text)),
    row('Keys looked at', html('span', { class: 'number' }, formatCount(lastCheck.keys))),
    row('Differing', html('span', { class: 'number' }, formatCount(lastCheck.differing))),
    row('Undecided', html('span', { class: 'number' }, formatCount(lastCheck.undecided))),
    row('Begun', html('span', { class: 'number' }, formatAgo(now - Date.parse(lastCheck.at)))),
  ];
}
