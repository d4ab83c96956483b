import { z } from 'zod';
import { setting } from '../setting-definition.js';
import { fraction, httpUrl, list, url, whole } from '../value-schemas.js';

/** `name="value"` and its like, one or more: what stands in a value can not end it. */
const LABEL_MATCHERS = /^[a-zA-Z_]\w*(?:=~?|!=|!~)"[^"\\\n]*"(?:,[a-zA-Z_]\w*(?:=~?|!=|!~)"[^"\\\n]*")*$/;

/** What a process listens on, whom it lets in, and what it logs. */
export const HOST_SETTINGS = {
  httpHost: setting(
    'app.http.host',
    'HOST',
    z.string().min(1),
    '127.0.0.1',
    'Address that HTTP listens on; beyond loopback only with tokens.',
  ),
  httpPort: setting(
    'app.http.port',
    'PORT',
    whole(0, 65_535).optional(),
    undefined,
    'Port that HTTP listens on, 0 for a free one; 8080 for the api and 8081 for the projector unless given.',
  ),
  allowedHosts: setting(
    'app.http.allowed-hosts',
    'ALLOWED_HOSTS',
    list(
      /^[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/,
      'names or addresses without a port, in small letters',
    ).optional(),
    undefined,
    'Names that a request may have as its Host, besides those of this machine; without any, Host is checked on loopback only.',
  ),
  allowedOrigins: setting(
    'app.http.allowed-origins',
    'ALLOWED_ORIGINS',
    list(/^https?:\/\/[a-z0-9._-]+(:\d+)?$/, 'origins like https://app.example.org').optional(),
    undefined,
    'Origins whose pages may call, besides those of this machine.',
  ),
  publicUrl: setting(
    'app.http.public-url',
    'PUBLIC_URL',
    z
      .string()
      .regex(/^https?:\/\/[a-z0-9._-]+(:\d+)?(\/[\w.~-]+)*$/, 'must be like https://sync.example.org/cache')
      .optional(),
    undefined,
    'Address where clients find the service, path prefix included, without a slash at the end; unless given, http and the Host of the request.',
  ),
  requestTimeoutMs: setting(
    'app.http.request-timeout-ms',
    'REQUEST_TIMEOUT_MS',
    whole(100, 600_000),
    30_000,
    'How long a client may take to send a whole request, and then again to take its answer, in milliseconds.',
  ),
  shutdownDelayMs: setting(
    'app.shutdown-delay-ms',
    'SHUTDOWN_DELAY_MS',
    whole(0, 600_000),
    5000,
    'How long an api pod that has to stop goes on serving while its /readyz says 503, in milliseconds: as long as load balancers need to notice.',
  ),
  maxConnections: setting(
    'app.http.max-connections',
    'MAX_CONNECTIONS',
    whole(1, 1_000_000),
    4096,
    'Connections that each port has at the same time; more are closed.',
  ),
  maxConnectionsPerAddress: setting(
    'app.http.max-connections-per-address',
    'MAX_CONNECTIONS_PER_ADDRESS',
    whole(1, 1_000_000),
    512,
    'The same for one address; behind a proxy, which is one address for all its clients, as many as the proxy makes.',
  ),
  rateLimitPerMinute: setting(
    'app.http.rate-limit-per-minute',
    'RATE_LIMIT_PER_MINUTE',
    whole(0, 100_000_000),
    0,
    'Requests that one token may make in a minute, counted over all pods; 0 for no limit.',
  ),
  redisPort: setting(
    'app.redis-port',
    'REDIS_LISTEN_PORT',
    whole(0, 65_535).optional(),
    undefined,
    'Port of the api for the Redis protocol, on the address of HTTP, 0 for a free one; without a port it is off.',
  ),
  redisAnswer: setting(
    'app.redis-answer',
    'REDIS_ANSWER',
    z.enum(['journaled', 'synced']),
    'journaled',
    'When writes over that port are answered: journaled (as soon as Redis has them) or synced (as over HTTP).',
  ),
  redisTlsCert: setting(
    'app.redis-tls-cert',
    'REDIS_LISTEN_TLS_CERT',
    z.string().min(1).optional(),
    undefined,
    'PEM file of the certificate with which that port uses TLS, intermediate ones included; read again when it changes. Without it there is no TLS.',
  ),
  redisTlsKey: setting(
    'app.redis-tls-key',
    'REDIS_LISTEN_TLS_KEY',
    z.string().min(1).optional(),
    undefined,
    'PEM file of its private key, without a password.',
  ),
  redisTlsClientCa: setting(
    'app.redis-tls-client-ca',
    'REDIS_LISTEN_TLS_CLIENT_CA',
    z.string().min(1).optional(),
    undefined,
    'PEM file of authorities: clients of that port must show a certificate from one of them.',
  ),
  redisIdleMs: setting(
    'app.redis-idle-ms',
    'REDIS_IDLE_MS',
    whole(0, 2_000_000_000),
    0,
    'How long a connection over that port may be idle before it is closed, in milliseconds; 0 for ever, as in Redis.',
  ),
  metricsHost: setting(
    'app.metrics.host',
    'METRICS_HOST',
    z.string().min(1),
    '127.0.0.1',
    'Address of the port that METRICS_PORT opens.',
  ),
  metricsPort: setting(
    'app.metrics.port',
    'METRICS_PORT',
    whole(0, 65_535).optional(),
    undefined,
    'Separate port for health and metrics, without tokens, 0 for a free one; the main port then does not have them.',
  ),
  metricsSampleMs: setting(
    'app.metrics.sample-ms',
    'METRICS_SAMPLE_MS',
    whole(50, 600_000),
    5000,
    'Time between two looks at how much waits in outbox and journal, in milliseconds: at most two seconds for the outbox and one for the journal. While there is nothing to do it is always five and forty-five seconds.',
  ),
  apiTokens: setting(
    'app.security.tokens',
    'API_TOKENS',
    z.string().optional(),
    undefined,
    'Entries of the tokens that are accepted, as "hybrid-sync token create" prints them.',
  ),
  apiTokensFile: setting(
    'app.security.tokens-file',
    'API_TOKENS_FILE',
    z.string().min(1).optional(),
    undefined,
    'File with more such entries.',
  ),
  logLevel: setting(
    'app.log.level',
    'LOG_LEVEL',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'info',
    'Lowest level that is logged.',
  ),
  logWritesEvery: setting(
    'app.log.writes-every',
    'LOG_WRITES_EVERY',
    whole(0, 1_000_000_000),
    1000,
    'One mutation in this many is logged on its whole way, with its id; 1 for all, 0 for none.',
  ),
  otlpEndpoint: setting(
    'app.traces.endpoint',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    url('http', 'https').optional(),
    undefined,
    'Collector that traces are sent to, over OTLP and HTTP; without one there are no traces.',
  ),
  traceSampleRatio: setting(
    'app.traces.sample-ratio',
    'TRACE_SAMPLE_RATIO',
    fraction,
    0.01,
    "Share of the requests that are traced, if the caller's traceparent does not decide it.",
  ),
  prometheusUrl: setting(
    'app.prometheus.url',
    'PROMETHEUS_URL',
    httpUrl.optional(),
    undefined,
    'Prometheus that scrapes the deployment, with the path before its /api, and user and password if it needs them. From there the dashboard shows what was before the last 15 minutes.',
  ),
  prometheusSelector: setting(
    'app.prometheus.selector',
    'PROMETHEUS_SELECTOR',
    z
      .string()
      .regex(LABEL_MATCHERS, 'must be label matchers like namespace="shop",cluster=~"a|b"')
      .optional(),
    undefined,
    "Label matchers of this deployment's series there, separated by commas; unless given, those of all deployments are added up.",
  ),
} as const;
