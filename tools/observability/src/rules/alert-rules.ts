import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const DEPLOY = new URL('../../../../deploy/prometheus/', import.meta.url);
/** Files of Prometheus, as paths. */
export const RULES_FILE = fileURLToPath(new URL('rules/hybrid-sync.yml', DEPLOY));
/** See {@link RULES_FILE}. */
export const RULE_TESTS_FILE = fileURLToPath(new URL('tests/hybrid-sync.test.yml', DEPLOY));
/** See {@link RULES_FILE}. */
export const CONFIG_FILE = fileURLToPath(new URL('prometheus.yml', DEPLOY));

/** An alert rule as its file has it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it has to be true before the alert fires; at once where that is absent. */
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

/** A test of promtool that is about one alert. */
export interface AlertTest {
  readonly alertname: string;
  /** Alerts that have to fire then. */
  readonly exp_alerts: readonly unknown[];
}

/** The alert rules. */
export function alertRules(): AlertRule[] {
  const { groups } = parse(readFileSync(RULES_FILE, 'utf8')) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** Their tests. */
export function alertTests(): AlertTest[] {
  const { tests } = parse(readFileSync(RULE_TESTS_FILE, 'utf8')) as {
    tests: { alert_rule_test: AlertTest[] }[];
  };
  return tests.flatMap((test) => test.alert_rule_test);
}
