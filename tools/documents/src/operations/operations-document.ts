import { fileURLToPath } from 'node:url';
import { METRICS, type MetricDefinition, SETTINGS } from '@hybrid-sync/sync-core';
import { putBetween } from '../put-between.js';

/** The document that holds the tables of {@link withTables}. */
export const OPERATIONS = fileURLToPath(new URL('../../../../docs/operations.md', import.meta.url));

const marksOf = (what: string) =>
  [`<!-- ${what}: written by npm run documents -->`, `<!-- ${what}: end -->`] as const;

/**
 * Operations with the tables of all metrics and of all settings that the code has.
 * @throws Error where it has no place for them
 */
export function withTables(operations: string): string {
  const tables = { metrics: metricsTable(), settings: settingsTable() };
  return Object.entries(tables).reduce(
    (document, [what, table]) => putBetween(document, 'operations.md', marksOf(what), table),
    operations,
  );
}

function metricsTable(): string {
  const rows = Object.values<MetricDefinition>(METRICS).map(({ name, kind, process, labels, help }) => {
    const shown = Object.keys(labels).map((label) => `\`${label}\``);
    const where = process === 'both' ? 'api, projector' : process;
    return [`\`${name}\``, kind, shown.join(', '), where, help];
  });
  return tableOf(['metric', 'kind', 'labels', 'exported by', 'meaning'], rows);
}

function settingsTable(): string {
  const rows = Object.values(SETTINGS).map(({ yaml, env, default: value, doc, atRunTime }) => {
    const shown = value === undefined ? '' : `\`${value}\``;
    return [`\`${yaml}\``, `\`${env}\``, shown, atRunTime ? 'yes' : '', doc];
  });
  return tableOf(['YAML', 'environment', 'default', 'at run time', 'meaning'], rows);
}

function tableOf(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
