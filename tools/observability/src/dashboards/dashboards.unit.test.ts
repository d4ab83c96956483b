import { readFileSync } from 'node:fs';
import { METRICS } from '@hybrid-sync/sync-core';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { faultsOf, seriesOf } from '../promql/known-metrics.js';
import { readQuery } from '../promql/read-query.js';
import { asked, dashboards } from './dashboards.js';

const DASHBOARDS = dashboards();
const read = (path: string) =>
  parse(readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')) as Record<string, never>;
const queries = DASHBOARDS.flatMap(({ file, panels }) =>
  panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ file, title, expr, legendFormat })),
  ),
);

it('there is one for the service and one for the projector', () => {
  expect(DASHBOARDS.map(({ uid }) => uid).sort()).toEqual(['hybrid-sync-projector', 'hybrid-sync-service']);
});

describe.each(DASHBOARDS)('$title', ({ panels }) => {
  it('has panels with ids and places of their own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`), `${title} lies on another panel`).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  it('asks the data source that is provisioned', () => {
    const { datasources } = read('deploy/grafana/provisioning/datasources/prometheus.yml') as unknown as {
      datasources: { uid: string }[];
    };
    const asked = panels.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource.uid));
    expect(new Set(asked)).toEqual(new Set(datasources.map(({ uid }) => uid)));
  });
});

it.each(queries)('$file, $title: asks for what the system exports: $expr', ({ expr, legendFormat }) => {
  const query = readQuery(asked(expr));
  expect(faultsOf(query)).toEqual([]);
  // Of series that were put together only the labels that they were grouped by are left.
  const left = /\bby \(/.test(expr) ? query.grouping : ['instance', 'route'];
  for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(left).toContain(label);
});

it('together they show every metric', () => {
  const shown = new Set(
    queries.flatMap(({ expr }) => readQuery(asked(expr)).selectors.map(({ metric }) => metric)),
  );
  const missing = Object.values(METRICS).filter(
    (metric) => !seriesOf(metric).some((name) => shown.has(name)),
  );
  expect(missing.map(({ name }) => name)).toEqual([]);
});

it('the compose file mounts them where Grafana is told to look', () => {
  const { services } = read('docker-compose.yml') as unknown as {
    services: { grafana: { volumes: string[] }; prometheus: { volumes: string[] } };
  };
  const { providers } = read('deploy/grafana/provisioning/dashboards/hybrid-sync.yml') as unknown as {
    providers: { options: { path: string } }[];
  };
  expect(services.grafana.volumes).toEqual([
    './deploy/grafana/provisioning:/etc/grafana/provisioning:ro',
    `./deploy/grafana/dashboards:${providers[0]?.options.path}:ro`,
  ]);
  const { rule_files } = read('deploy/prometheus/prometheus.yml') as unknown as { rule_files: string[] };
  expect(rule_files).toEqual(['/etc/prometheus/rules/*.yml']);
  expect(services.prometheus.volumes).toContain('./deploy/prometheus/rules:/etc/prometheus/rules:ro');
});
