import { SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, expect, it } from 'vitest';
import { BatchTimeoutError } from './batching/batch-errors.js';
import { deferred } from './testing/deferred.js';
import { PAIR, serviceUnderTest } from './testing/service-under-test.js';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
afterAll(() => provider.shutdown());

it('a write is in its trace on both paths, though a batch that others sent tells of its end', async () => {
  const { sync, fastOffer } = serviceUnderTest();
  const end = deferred<void>();
  fastOffer.mockReturnValue(end.promise);
  const written = trace.getTracer('test').startActiveSpan('request', async (span) => {
    await sync.set(PAIR);
    span.end();
  });
  await expect.poll(() => fastOffer.mock.calls.length).toBe(1);
  end.reject(new BatchTimeoutError());
  await written;
  const spans = exporter.getFinishedSpans();
  const named = (name: string) => spans.find((span) => span.name === name);
  const write = named('hybrid_sync.write')?.spanContext();
  for (const path of ['fast_path', 'outbox']) {
    expect(named(path)?.spanContext().traceId).toBe(write?.traceId);
    expect(named(path)?.parentSpanContext?.spanId).toBe(write?.spanId);
  }
  expect(named('fast_path')?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'BatchTimeoutError' });
  expect(named('outbox')?.status.code).toBe(SpanStatusCode.UNSET);
});
