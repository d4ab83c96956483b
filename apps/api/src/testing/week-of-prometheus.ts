import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrometheus, findPromtool } from '@hybrid-sync/services';
import { execa } from 'execa';
import getPort from 'get-port';

/** Time between two points of the week, in seconds. */
const STEP_SEC = 600;
const WEEK_SEC = 604_800;
const DAY_SEC = 86_400;

/** A real Prometheus that has scraped a deployment for a week: its rates rise and fall with the day. */
export class WeekOfPrometheus {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, url: string, folder: string) {
    this.#process = process;
    this.url = url;
    this.#folder = folder;
  }

  /** @throws ServicesError where Prometheus or promtool can't be had */
  static async start(): Promise<WeekOfPrometheus> {
    const [prometheus, promtool] = [await findPrometheus(), await findPromtool()];
    const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-prometheus-'));
    const [file, data, config] = ['week', 'data', 'prometheus.yml'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(file, weekOf(Math.floor(Date.now() / 1000 / STEP_SEC) * STEP_SEC));
    await writeFile(config, '');
    await execa(promtool, [
      'tsdb',
      'create-blocks-from',
      'openmetrics',
      '--max-block-duration=240h',
      file,
      data,
    ]);
    const port = await getPort({ host: '127.0.0.1' });
    const child = spawn(
      prometheus,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${data}`,
        '--storage.tsdb.retention.time=30d',
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    return new WeekOfPrometheus(child, `http://127.0.0.1:${port}`, folder);
  }

  /** Whether it answers questions now. */
  async isReady(): Promise<boolean> {
    return fetch(`${this.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Ends it and removes what it kept; once or more. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A week of series until `endSec`, in seconds since 1970, as Prometheus takes them in. */
function weekOf(endSec: number): string {
  const times = Array.from(
    { length: WEEK_SEC / STEP_SEC + 1 },
    (_, index) => endSec - WEEK_SEC + index * STEP_SEC,
  );
  const perSec = (at: number, mean: number) =>
    mean * (1.1 + Math.sin((at / DAY_SEC) * 2 * Math.PI) + 0.1 * Math.sin(at / 7000));
  const counted = (series: string, mean: number) => {
    let count = 0;
    return times.map((at) => {
      count += perSec(at, mean) * STEP_SEC;
      return `${series} ${count.toFixed(0)} ${at}`;
    });
  };
  const measured = (series: string, mean: number) =>
    times.map((at) => `${series} ${perSec(at, mean).toFixed(1)} ${at}`);
  const buckets = (['0.005', '0.01', '0.025', '0.1', '+Inf'] as const).flatMap((le, index) =>
    counted(
      `hybrid_sync_mutation_seconds_bucket{namespace="shop",le="${le}"}`,
      [60, 110, 128, 134, 135][index] ?? 0,
    ),
  );
  const lines = [
    '# TYPE hybrid_sync_mutations counter',
    ...counted('hybrid_sync_mutations_total{namespace="shop",method="ASYNC_THREAD"}', 120),
    ...counted('hybrid_sync_mutations_total{namespace="shop",method="EVENT_BASED"}', 15),
    ...counted('hybrid_sync_mutations_total{namespace="other",method="ASYNC_THREAD"}', 900_000),
    '# TYPE hybrid_sync_projected counter',
    ...counted('hybrid_sync_projected_total{namespace="shop",source="outbox"}', 15),
    '# TYPE hybrid_sync_mutation_seconds histogram',
    ...buckets,
    '# TYPE hybrid_sync_fast_workers_active gauge',
    ...measured('hybrid_sync_fast_workers_active{namespace="shop"}', 3),
    '# TYPE hybrid_sync_outbox_unprocessed gauge',
    ...measured('hybrid_sync_outbox_unprocessed{namespace="shop"}', 20),
    '# EOF',
  ];
  return `${lines.join('\n')}\n`;
}
