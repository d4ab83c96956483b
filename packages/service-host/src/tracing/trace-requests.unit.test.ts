import { trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  NodeTracerProvider,
  ParentBasedSampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { serverUnderTest, tokensOfEachRole } from '../testing/server-under-test.js';

const exporter = new InMemorySpanExporter();
/** Records what a caller asks for, and nothing else. */
const provider = new NodeTracerProvider({
  sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  spanProcessors: [new SimpleSpanProcessor(exporter)],
});
provider.register();
const { made, book } = tokensOfEachRole();
const app = serverUnderTest({ tokens: book, env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' } });
beforeEach(() => exporter.reset());
afterAll(async () => {
  await app.close();
  await provider.shutdown();
  trace.disable();
});

const TRACE = 'a'.repeat(32);
const ASKED = { traceparent: `00-${TRACE}-${'b'.repeat(16)}-01`, tracestate: 'vendor=told-by-a-caller' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function spansOf(url: string, headers: Record<string, string>) {
  await app.inject({ url, headers: { host: 'localhost', ...ASKED, ...headers } });
  return exporter.getFinishedSpans();
}

it('a caller with a token decides whether its request is recorded, and in which trace', async () => {
  const [span, ...more] = await spansOf('/read', bearer(made.read.token));
  expect(more).toEqual([]);
  expect(span?.name).toBe('GET /read');
  expect(span?.spanContext().traceId).toBe(TRACE);
});

it.each<[string, string, Record<string, string>]>([
  ['without a token', '/read', {}],
  ['with a guessed token', '/read', bearer('hs_guess')],
  ['with a token that has expired', '/read', bearer(made.expired.token)],
  ['of a foreign page', '/read', { ...bearer(made.read.token), origin: 'https://elsewhere.example' }],
  ['of a public page without a token', '/public', {}],
  ['of a public page with a guessed token', '/public', bearer('hs_guess')],
  ['of a path that is not in its plain form', '/%72ead', bearer(made.read.token)],
  ['of an unknown route', '/nowhere', {}],
])('a request %s is not recorded for its own asking', async (_, url, headers) => {
  expect(await spansOf(url, headers)).toEqual([]);
});
