import type { Metrics } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type CallerRefusal, RefusalError } from './problem-details.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts and logs who is turned away. */
    refusedCallers: RefusedCallers;
  }
}

/** Time between two lines of the log about refusals for one reason, in milliseconds: whoever guesses must not fill it. */
const LINE_EVERY_MS = 10_000;

/** A request that was turned away, as far as the log tells of it. */
export interface RefusedRequest {
  /** The token's name; undefined where there is no valid token. */
  readonly caller?: string | undefined;
  readonly address?: string | undefined;
  readonly requestId?: string | undefined;
  /** What it was for: a route, or a tool. */
  readonly wanted?: string | undefined;
}

/**
 * Counts requests that are turned away for who sent them, and warns of them: one line for each reason every ten
 * seconds, with the last request and how many there were since the line before. It never holds a token.
 */
export class RefusedCallers {
  readonly #metrics: Pick<Metrics, 'callerRefused'> | undefined;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #untold = new Map<CallerRefusal, { count: number; toldAt: number }>();
  readonly #now: () => number;

  /** `metrics`: undefined for a server that shows none. `now`: the clock, in milliseconds. */
  constructor(
    metrics: Pick<Metrics, 'callerRefused'> | undefined,
    log: Pick<Logger, 'warn'>,
    now = () => performance.now(),
  ) {
    this.#metrics = metrics;
    this.#log = log;
    this.#now = now;
  }

  /** A request was turned away. */
  note(reason: CallerRefusal, request: RefusedRequest): void {
    this.#metrics?.callerRefused(reason);
    const untold = this.#untold.get(reason) ?? { count: 0, toldAt: Number.NEGATIVE_INFINITY };
    this.#untold.set(reason, untold);
    untold.count += 1;
    if (this.#now() - untold.toldAt < LINE_EVERY_MS) return;
    this.#log.warn({ reason, count: untold.count, ...request }, 'callers were turned away');
    untold.count = 0;
    untold.toldAt = this.#now();
  }
}

/** Has every refusal of a server noted. */
export function noteRefusals(app: FastifyInstance, refused: RefusedCallers): void {
  app.decorate('refusedCallers', refused);
  app.addHook('onError', (request, _, error, done) => {
    const reason = reasonOfRefusal(error);
    if (reason !== undefined) {
      refused.note(reason, {
        caller: request.caller?.name,
        address: request.ip,
        requestId: request.id,
        wanted: request.routeOptions.url,
      });
    }
    done();
  });
}

function reasonOfRefusal(error: Error): CallerRefusal | undefined {
  if (!(error instanceof RefusalError)) return undefined;
  if (error.reason !== undefined) return error.reason;
  if (error.code === 'FORBIDDEN') return 'foreign-page';
  return error.code === 'RATE_LIMITED' ? 'rate' : undefined;
}
