import { HybridSyncError } from '../errors.js';
import type { Metrics } from './metrics.js';

/** The methods of `T` that call a server. */
type Call<T> = {
  [Name in keyof T]: T[Name] extends (...args: never[]) => Promise<unknown> ? Name : never;
}[keyof T];

/**
 * Measures these methods of an object: how long their callers wait, and how many fail. `name`: of the object; a call
 * is shown as `<name>.<method>`. The driver's own command monitoring would parse every answer a second time.
 */
export function timeCalls<T extends object>(
  target: T,
  methods: readonly (Call<T> & string)[],
  name: string,
  server: 'redis' | 'mongodb',
  metrics: Pick<Metrics, 'called'>,
): void {
  for (const method of methods) {
    const call = `${name}.${method}`;
    const ask = target[method] as (...args: unknown[]) => Promise<unknown>;
    const timed = async (...args: unknown[]) => {
      const startedAt = performance.now();
      let failed = false;
      try {
        return await ask.apply(target, args);
      } catch (error) {
        failed = isFailure(error);
        throw error;
      } finally {
        metrics.called(server, call, (performance.now() - startedAt) / 1000, failed);
      }
    };
    Object.defineProperty(target, method, { value: timed, configurable: true, writable: true });
  }
}

/** A write that the cache refuses, for its condition or a full journal, was answered. */
function isFailure(error: unknown): boolean {
  if (!(error instanceof HybridSyncError)) return true;
  return error.code === 'CACHE_UNAVAILABLE' || error.code === 'STORE_UNAVAILABLE';
}
