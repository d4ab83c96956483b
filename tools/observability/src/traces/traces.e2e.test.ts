import { randomBytes } from 'node:crypto';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { put } from '../testing/put.js';
import { Collector } from './collector.js';

const EXPORTED = { timeout: 20_000 };
const KEY = 'a-key-that-is-told-to-no-one';
const VALUE = 'a-value-that-is-told-to-no-one';

let collector: Collector;
let system: RealSystem;
let fast: RealApp;
let events: RealApp;
beforeAll(async () => {
  collector = await Collector.start();
  system = new RealSystem({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    // Only what a test asks for is recorded.
    TRACE_SAMPLE_RATIO: '0.000001',
    // What OpenTelemetry waits before it sends what it has; five seconds unless it is told.
    OTEL_BSP_SCHEDULE_DELAY: '100',
    ASYNC_TIMEOUT_MS: '60000',
  });
  [fast, events] = await Promise.all([
    system.start('api', { SYNC_MODE: 'hybrid' }),
    system.start('api', { SYNC_MODE: 'event-only' }),
    system.start('projector'),
  ]);
});
afterAll(async () => {
  await system?.stop();
  await collector?.stop();
});

it('a collector that is away keeps neither a write from its answer nor a process from its end', async () => {
  const away = await Collector.start();
  await away.stop();
  const pod = await system.start('api', { OTEL_EXPORTER_OTLP_ENDPOINT: away.url, LOG_LEVEL: 'debug' });
  const { body } = await tracedPut(pod);
  expect(body.version).toBeGreaterThan(0);
  pod.signal('SIGTERM');
  // After its own deadline it would end with an error.
  expect(await pod.exit()).toBe(0);
  expect(pod.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});

/** Writes a pair in a trace of its own. @returns the trace's id, and the caller's span */
async function tracedPut(pod: RealApp) {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  const { body } = await put(pod, KEY, VALUE, { headers: { traceparent: `00-${traceId}-${spanId}-01` } });
  return { traceId, spanId, body };
}

describe('one trace goes with a write', () => {
  it('from the request over the fast queue into the store', async () => {
    const { traceId, spanId, body } = await tracedPut(fast);
    expect(body.method).toBe('ASYNC_THREAD');
    const names = ['PUT /kv/*', 'hybrid_sync.write', 'cache.mutate', 'fast_path', 'shadows.apply'];
    await expect.poll(() => [...collector.trace(traceId).keys()].sort(), EXPORTED).toEqual(names.sort());
    const spans = collector.trace(traceId);
    const below = (name: string) => spans.get(name)?.parentSpanId;
    const write = spans.get('hybrid_sync.write');
    expect(below('PUT /kv/*')).toBe(spanId);
    expect(below('hybrid_sync.write')).toBe(spans.get('PUT /kv/*')?.spanId);
    for (const name of ['cache.mutate', 'fast_path', 'shadows.apply'])
      expect(below(name)).toBe(write?.spanId);
    expect(write?.attributes).toMatchObject({
      'hybrid_sync.op': 'set',
      'hybrid_sync.method': 'ASYNC_THREAD',
    });
    expect(spans.get('shadows.apply')?.attributes['hybrid_sync.mutation']).toMatch(
      new RegExp(`^\\d+-${body.version}$`),
    );
  });

  it('from the request over the outbox to the projector, in its process', async () => {
    const { traceId, body } = await tracedPut(events);
    expect(body.method).toBe('EVENT_BASED');
    const names = ['PUT /kv/*', 'hybrid_sync.write', 'cache.mutate', 'outbox', 'projection.apply'];
    await expect.poll(() => [...collector.trace(traceId).keys()].sort(), EXPORTED).toEqual(names.sort());
    const spans = collector.trace(traceId);
    expect(spans.get('projection.apply')?.parentSpanId).toBe(spans.get('hybrid_sync.write')?.spanId);
    expect(spans.get('hybrid_sync.write')?.service).toBe('hybrid-sync-api');
    expect(spans.get('projection.apply')?.service).toBe('hybrid-sync-projector');
    expect(spans.get('hybrid_sync.write')?.attributes['hybrid_sync.fallback_reason']).toBe('EVENT_ONLY');
  });

  it('tells neither key nor value, and nothing of probes and scrapes', async () => {
    const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const headers = { traceparent: `00-${traceId}-${spanId}-01` };
    for (const path of ['/healthz', '/readyz', '/metrics'])
      expect((await fetch(`${fast.url}${path}`, { headers })).status).toBe(200);
    // Its spans are exported with or after those that there must not be.
    const later = await tracedPut(fast);
    await expect.poll(() => collector.trace(later.traceId).has('PUT /kv/*'), EXPORTED).toBe(true);
    expect([...collector.trace(traceId).keys()]).toEqual([]);
    expect(collector.spans.length).toBeGreaterThan(0);
    expect(collector.received).not.toContain(KEY);
    expect(collector.received).not.toContain(VALUE);
    expect(collector.spans.filter(({ name }) => /readyz|healthz|metrics/.test(name))).toEqual([]);
  });
});
