import { type LatencySummary, latenciesOf } from '@hybrid-sync/trials';
import { isAcknowledged, type WriteRecord } from '../load/write-record.js';
import type { Downtime, DowntimeLog } from '../system/downtime.js';
import type { BareWrite } from './bare-redis.js';
import { type BreakerOpened, bothOpenAt } from './breaker-log.js';
import { type JournaledRatio, ratioOf } from './journaled-ratio.js';

/** How long single writes took while MongoDB was away, in milliseconds. */
export interface OutageSamples {
  /** Acknowledged writes that should have been sent in the outage. */
  readonly all: readonly number[];
  /** Of these, the ones sent after their pod's breakers had both opened and answered `JOURNALED`. */
  readonly afterBreakers: readonly number[];
  /** Bare writes to Redis, from when both pods' breakers had opened. */
  readonly bare: readonly number[];
}

/** {@link OutageSamples} in figures. */
export type OutageLatencies = { readonly [Sort in keyof OutageSamples]: LatencySummary };

/** What {@link outageSamples} looks at. */
export interface OutageSources {
  readonly outages: readonly Readonly<Downtime>[];
  readonly writes: readonly WriteRecord[];
  readonly bareWrites: readonly BareWrite[];
  /** By pod. */
  readonly breakers: readonly [readonly BreakerOpened[], readonly BreakerOpened[]];
  readonly downtimes: DowntimeLog;
}

/**
 * Picks the writes of MongoDB's outages. What fell into another fault in the middle of one is left out: it says nothing
 * about MongoDB's being away.
 */
export function outageSamples({
  outages,
  writes,
  bareWrites,
  breakers,
  downtimes,
}: OutageSources): OutageSamples {
  const all: number[] = [];
  const afterBreakers: number[] = [];
  const bare: number[] = [];
  for (const { from, until } of outages) {
    const openAt = breakers.map((opened) => bothOpenAt(opened, from, until) ?? Number.POSITIVE_INFINITY);
    for (const write of writes) {
      const { intendedAt, endedAt, pods, outcome } = write;
      if (intendedAt < from || intendedAt >= until || !isAcknowledged(write)) continue;
      if (downtimes.overlaps(['redis', 'api-0', 'api-1'], intendedAt, endedAt)) continue;
      all.push(endedAt - intendedAt);
      const opened = openAt[pods.at(-1) ?? 0] ?? Number.POSITIVE_INFINITY;
      if (outcome === 'JOURNALED' && intendedAt >= opened) afterBreakers.push(endedAt - intendedAt);
    }
    const bothPodsOpenAt = Math.max(...openAt);
    for (const { sentAt, latencyMs } of bareWrites) {
      if (sentAt < bothPodsOpenAt || sentAt >= until) continue;
      if (!downtimes.overlaps(['redis'], sentAt, sentAt + latencyMs)) bare.push(latencyMs);
    }
  }
  return { all, afterBreakers, bare };
}

/** The figures of an outage's writes. */
export function outageLatencies({ all, afterBreakers, bare }: OutageSamples): OutageLatencies {
  return { all: latenciesOf(all), afterBreakers: latenciesOf(afterBreakers), bare: latenciesOf(bare) };
}

/** Journaled writes over HTTP against bare ones, of many outages. */
export function httpRatioOf(samples: readonly OutageSamples[]): JournaledRatio {
  return ratioOf(
    samples.flatMap(({ afterBreakers }) => afterBreakers),
    samples.flatMap(({ bare }) => bare),
  );
}
