import { processorSeconds, type ServiceProcess } from '@hybrid-sync/services';
import { OwnedParts } from '@hybrid-sync/trials';
import getPort from 'get-port';
import { type ProcessorTime, type ProcessPart, perMutation } from '../profile/processor-time.js';
import type { RowResult } from '../report/row-result.js';
import { pairsOf, type RowName, rowOf } from '../rows/catalogue.js';
import { fillShadows } from '../rows/row-connections.js';
import type { Cell } from '../subject/row-session.js';
import { SubjectProcess } from '../subject/subject-process.js';
import { envOf } from '../system/store-settings.js';
import { checkShadows } from './check-shadows.js';
import type { Measuring } from './measuring.js';

const LOOPBACK = '127.0.0.1';

/** A row in its processes, with stores of its own, ready for load. */
export type RowUnderTest = Awaited<ReturnType<typeof openRowUnderTest>>;

/**
 * Starts what a row needs and fills its shadows; the caller stops it. `nodeArgs`: options of Node itself for the process under
 * test, which is the row's server where it has one, else the one it is in.
 */
export async function openRowUnderTest(given: Measuring, row: RowName, nodeArgs: readonly string[] = []) {
  const { system, options, signal } = given;
  const { seed } = options;
  const { server, at, check, batches, pipelines } = rowOf(row);
  const pairs = pairsOf(row, seed);
  const urls = system.stores(row);
  const redisPort = at === 'redis' ? await getPort({ host: LOOPBACK }) : undefined;
  const env = { ...envOf(urls), ...(redisPort && { REDIS_LISTEN_PORT: String(redisPort) }) };
  await fillShadows(urls.mongodbUrl, pairs);
  const owned = new OwnedParts();
  try {
    const projector = check === 'shadows' ? owned.own(await system.startApp('projector', env)) : undefined;
    const serving = server && owned.own(await system.startApp(server, env, nodeArgs));
    const subject = owned.own(new SubjectProcess({ signal, execArgv: serving ? [] : nodeArgs }));
    const serverUrl = redisPort ? `redis://${LOOPBACK}:${redisPort}` : serving?.url;
    await subject.run('openRow', { row, ...urls, serverUrl, seed });
    owned.add(async () => {
      if (!signal.aborted) await subject.run('closeRow', undefined);
    });

    const { redis, store } = system.serviceProcesses();
    const processes: (readonly [
      Pick<ServiceProcess, 'name' | 'pids'> | undefined,
      ProcessPart | undefined,
    ])[] = [
      ...redis.map((each) => [each, 'redis'] as const),
      ...store.map((each) => [each, 'store'] as const),
      [subject, serving ? undefined : 'pod'],
      [projector?.process, undefined],
      [serving?.process, 'pod'],
    ];
    /** How much processor time its processes and those of the services have taken so far. */
    const processorTimes = async (): Promise<ProcessorTime[]> => {
      const times = processes.map(async ([process, part]) =>
        process === undefined
          ? []
          : { name: process.name, part, seconds: await processorSeconds(await process.pids()) },
      );
      return (await Promise.all(times)).flat();
    };
    return {
      name: row,
      processorTimes,
      /** Puts the row under a load. @throws Error when a write failed */
      async measure(cell: Cell): Promise<RowResult> {
        const { clients, batch } = cell;
        const before = await processorTimes();
        const { calls, notFast, seconds, latencies, made } = await subject.run('runCell', cell);
        return {
          name: row,
          clients: clients * batch,
          mutationsPerSecond: ((calls - notFast) * batch) / seconds,
          p50Ms: latencies.p50,
          p99Ms: latencies.p99,
          ...perMutation(before, await processorTimes(), made * batch),
          // At the Redis port nobody is told how far a write got.
          ...(check && at !== 'redis' && { notFastShare: notFast / Math.max(calls, 1) }),
          ...((batches || pipelines) && { batch, inFlight: clients }),
        };
      },
      /** Checks what the row has to leave behind. @throws Error when a queue does not empty or a shadow differs */
      async check(): Promise<void> {
        if (check === 'shadows') await checkShadows({ ...urls, keys: pairs.keys, signal });
      },
      /** Ends all its processes. */
      stop: () => owned.stop(),
    };
  } catch (error) {
    await owned.stop();
    throw error;
  }
}
