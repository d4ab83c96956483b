import { SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { RoutedMutation } from '../mutation.js';
import { aSet } from '../testing/mutations.js';
import { carriedTrace, inSpan, inTracesOf } from './spans.js';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
afterAll(() => provider.shutdown());
beforeEach(() => exporter.reset());

const SECRET = 'what the driver was given';
const fails = async () => {
  throw new TypeError(SECRET);
};
/** Runs work inside of a recorded trace. */
const recorded = <T>(work: () => Promise<T>) =>
  trace.getTracer('test').startActiveSpan('request', async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });
const spans = () => exporter.getFinishedSpans();
const named = (name: string) => spans().find((span) => span.name === name);

describe('outside of a recorded trace', () => {
  it('work runs without a span, and nothing is carried', async () => {
    const seen: unknown[] = [];
    expect(
      await inSpan('work', async (span) => {
        seen.push(span, carriedTrace());
        return 7;
      }),
    ).toBe(7);
    expect(seen).toEqual([undefined, undefined]);
    await expect(inSpan('work', fails)).rejects.toThrow(SECRET);
    expect(spans()).toEqual([]);
  });

  it('mutations that carry no trace are brought on without a span', async () => {
    expect(await inTracesOf('apply', [aSet('a', 1)], async () => 7)).toBe(7);
    expect(spans()).toEqual([]);
  });
});

describe('inside of a recorded trace', () => {
  it('work has a span below the active one', async () => {
    await recorded(() => inSpan('outer', () => inSpan('inner', async () => undefined)));
    expect(named('inner')?.parentSpanContext?.spanId).toBe(named('outer')?.spanContext().spanId);
    expect(named('outer')?.parentSpanContext?.spanId).toBe(named('request')?.spanContext().spanId);
  });

  it('a span of work that fails says of what kind the error was, and not what it said', async () => {
    await expect(recorded(() => inSpan('work', fails))).rejects.toThrow(SECRET);
    expect(named('work')?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'TypeError' });
    expect(JSON.stringify(named('work')?.events)).not.toContain(SECRET);
  });
});

describe('mutations that carry a trace', () => {
  const carrying = async (): Promise<RoutedMutation> => ({
    ...aSet('a', 7, { slot: 3 }),
    traceparent: await recorded(async () => carriedTrace()),
  });

  it('have a span each, below the one that they left', async () => {
    const [one, other] = [await carrying(), await carrying()];
    await inTracesOf('apply', [one, aSet('b', 8), other], async () => undefined);
    const applied = spans().filter(({ name }) => name === 'apply');
    expect(applied.map((span) => span.spanContext().traceId)).toEqual([
      one.traceparent?.split('-')[1],
      other.traceparent?.split('-')[1],
    ]);
    expect(applied[0]?.parentSpanContext?.spanId).toBe(one.traceparent?.split('-')[2]);
    expect(applied[0]?.attributes).toEqual({ 'hybrid_sync.mutation': '3-7', 'hybrid_sync.batch': 3 });
  });

  it('end their spans with the error when they could not be brought on', async () => {
    await expect(inTracesOf('apply', [await carrying()], fails)).rejects.toThrow(SECRET);
    expect(named('apply')?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'TypeError' });
  });

  it.each(['', 'garbage', '00-0-0-01', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`])(
    'have none when it is unfit, or was not to be recorded: %j',
    async (traceparent) => {
      await inTracesOf('apply', [{ ...aSet('a', 1), traceparent }], async () => undefined);
      expect(spans()).toEqual([]);
    },
  );
});
