import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultsOf } from '../promql/known-metrics.js';
import { readQuery } from '../promql/read-query.js';
import { alertRules, alertTests } from './alert-rules.js';

const OPERATIONS = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
const RULES = alertRules();

/** What stands between a heading and the next one; undefined where there is no such heading. */
function sectionOf(heading: string): string | undefined {
  return new RegExp(`^### ${heading}\\n+([^#]*)`, 'm').exec(OPERATIONS)?.[1];
}

it('there are rules, and each has a name of its own', () => {
  const names = RULES.map(({ alert }) => alert);
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(RULES)('$alert', ({ alert, expr, for: patience, labels, annotations }) => {
  it('has a runbook that says what to do', () => {
    expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
    expect(sectionOf(alert)?.length).toBeGreaterThan(100);
  });

  it('asks for what the system exports', () => {
    expect(faultsOf(readQuery(expr))).toEqual([]);
  });

  it('has a severity and a summary', () => {
    expect(labels.severity).toMatch(/^(?:warning|critical)$/);
    expect(annotations.summary).toMatch(/\.$/);
  });

  it('is tested to fire, not to fire, and not to fire too early where it has to wait', () => {
    const fires = alertTests()
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts }) => exp_alerts.length > 0);
    expect(fires.sort()).toEqual(patience === undefined ? [false, true] : [false, false, true]);
  });
});
