import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
let api: InProcessApi;
let redis: Redis;

beforeAll(async () => {
  api = await startInProcessApi({
    REDIS_LISTEN_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
  });
  redis = new Redis(api.redisPort ?? 0, '127.0.0.1');
});
afterAll(async () => {
  redis.disconnect();
  await api.stop();
  await provider.shutdown();
  trace.disable();
});

it('each command is the first span of a trace, which its write goes on with', async () => {
  await Promise.all([redis.set('traced', 'x'), redis.set('other', 'x'), redis.ping()]);
  await redis.incr('traced').catch(() => undefined);
  const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
  await expect.poll(() => named('SET')).toHaveLength(2);
  const [one, other] = named('SET');
  expect(one?.parentSpanContext).toBeUndefined();
  expect(one?.spanContext().traceId).not.toBe(other?.spanContext().traceId);
  const writes = named('hybrid_sync.write').map((span) => span.parentSpanContext?.spanId);
  expect(writes).toContain(one?.spanContext().spanId);
  expect(named('PING')).toEqual([]);
  // That a command asks for what is not possible is no fault of the service.
  expect(named('INCR').map(({ status }) => status.code)).toEqual([0]);
});
