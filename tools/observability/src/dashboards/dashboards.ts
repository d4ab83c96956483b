import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../../deploy/grafana/dashboards/', import.meta.url));

/** A panel, as much of it as is checked. */
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource: { readonly uid: string };
  }[];
}

/** A dashboard of Grafana. */
export interface Dashboard {
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** The dashboards. */
export function dashboards(): Dashboard[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ file, ...JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8')) }));
}

/** A query as Prometheus is asked it: Grafana's variables have a value. */
export function asked(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m');
}
