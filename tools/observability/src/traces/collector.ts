import Fastify, { type FastifyInstance } from 'fastify';

/** A span as OTLP's JSON has it, as much of it as is looked at. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<ReceivedSpan, 'service' | 'attributes' | 'parentSpanId'> & {
        readonly parentSpanId?: string;
        readonly attributes?: readonly OtlpAttribute[];
      })[];
    }[];
  }[];
}

/** Receives traces over OTLP and HTTP, on a free port of this machine. */
export class Collector {
  readonly url: string;
  readonly spans: ReceivedSpan[] = [];
  /** Everything that was received, as text. */
  received = '';
  readonly #app: FastifyInstance;

  private constructor(app: FastifyInstance, url: string) {
    this.#app = app;
    this.url = url;
  }

  /** Begins to listen. */
  static async start(): Promise<Collector> {
    const app = Fastify({ bodyLimit: 16 * 1024 * 1024 });
    let collector: Collector | undefined;
    app.post<{ Body: OtlpBody }>('/v1/traces', async ({ body }) => {
      collector?.take(body);
      return {};
    });
    collector = new Collector(app, await app.listen({ host: '127.0.0.1', port: 0 }));
    return collector;
  }

  /** The spans of a trace, by name. */
  trace(traceId: string): Map<string, ReceivedSpan> {
    return new Map(this.spans.filter((span) => span.traceId === traceId).map((span) => [span.name, span]));
  }

  /** Ends. */
  async stop(): Promise<void> {
    await this.#app.close();
  }

  private take(body: OtlpBody): void {
    this.received += JSON.stringify(body);
    for (const { resource, scopeSpans } of body.resourceSpans) {
      const service = String(valuesOf(resource.attributes)['service.name']);
      for (const { spans } of scopeSpans) {
        for (const { attributes = [], parentSpanId = '', ...span } of spans)
          this.spans.push({ ...span, parentSpanId, service, attributes: valuesOf(attributes) });
      }
    }
  }
}

function valuesOf(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
