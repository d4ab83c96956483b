import { setTimeout as delay } from 'node:timers/promises';
import { processorSeconds } from '@hybrid-sync/services';
import { OwnedParts } from '@hybrid-sync/trials';
import type { Measuring } from '../measure/measuring.js';
import type { AppKind } from '../system/bench-system.js';
import { envOf } from '../system/store-settings.js';
import { openCountingLine } from './mongodb-commands.js';
import { RedisWatch } from './redis-watch.js';

/**
 * How long processes are left alone before they are looked at, at most, in milliseconds: what a start brings with it is over,
 * and code that runs once a second is compiled. After 8 s a pod's share of a processor is twice what it is later.
 */
const QUIET_MS = 40_000;
/** The same where less is measured, in measured times. */
const QUIET_SHARE = 4;

/** Processes that idle together, on stores of their own. */
export type IdleCast = Readonly<Partial<Record<Extract<AppKind, 'api' | 'projector'>, number>>>;

/** What idle processes cost, in the mean of one of them. */
export interface IdleCost {
  readonly cast: IdleCast;
  /** Share of one processor; undefined where the operating system does not tell. */
  readonly processor: number | undefined;
  /** Share of one processor that Redis uses for it. */
  readonly redisProcessor: number;
  /** Commands in a second. */
  readonly redisCommands: number;
  readonly mongodbCommands: number;
  readonly redisConnections: number;
  readonly mongodbConnections: number;
  /** The commands of Redis in a second, by connection, command and key; of MongoDB by command. */
  readonly byCause: { readonly redis: Causes; readonly mongodb: Causes };
}

type Causes = Readonly<Record<string, number>>;

/** Starts processes, leaves them alone, and counts for as long as a row is measured what they do; once more as long, how busy they are. */
export async function measureIdle(
  { system, options: { seconds }, signal }: Measuring,
  cast: IdleCast,
): Promise<IdleCost> {
  await using owned = new OwnedParts();
  const urls = system.stores('idle');
  const line = owned.own(await openCountingLine(urls.mongodbUrl));
  const redis = owned.own(new RedisWatch(urls.redisUrl, urls.namespace));
  const kinds = (Object.keys(cast) as (keyof IdleCast)[]).flatMap((kind) =>
    new Array<keyof IdleCast>(cast[kind] ?? 0).fill(kind),
  );
  const pids: number[] = [];
  for (const kind of kinds) {
    const app = owned.own(await system.startApp(kind, envOf({ ...urls, mongodbUrl: line.url })));
    pids.push(...(await app.process.pids()));
  }
  const wait = () => delay(seconds * 1000, undefined, { signal });
  const used = async () => ({ own: await processorSeconds(pids), redis: await redis.usedSeconds() });
  await delay(Math.min(QUIET_MS, QUIET_SHARE * seconds * 1000), undefined, { signal });

  const before = await used();
  await wait();
  const after = await used();

  line.taken();
  const sent = await redis.counted(wait);
  const each = (counts: ReadonlyMap<string, number>): Causes =>
    Object.fromEntries(
      [...counts]
        .sort(([, one], [, other]) => other - one)
        .map(([cause, count]) => [cause, count / seconds / kinds.length]),
    );
  const byCause = { redis: each(sent), mongodb: each(line.taken()) };
  const share = (from: number, to: number) => (to - from) / seconds / kinds.length;
  const total = (causes: Causes) => Object.values(causes).reduce((sum, rate) => sum + rate, 0);
  return {
    cast,
    processor: before.own === undefined || after.own === undefined ? undefined : share(before.own, after.own),
    redisProcessor: share(before.redis, after.redis),
    redisCommands: total(byCause.redis),
    mongodbCommands: total(byCause.mongodb),
    redisConnections: (await redis.connections()).size / kinds.length,
    mongodbConnections: line.connections() / kinds.length,
    byCause,
  };
}
