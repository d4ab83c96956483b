import { ApiClient, CallFailedError } from '@hybrid-sync/trials';
import type { Which } from '../system/deployment.js';

/** How a {@link PodPair} works. */
export interface PodPairOptions {
  /** Where the two pods listen. */
  readonly urls: readonly [string, string];
  /** Most connections to one pod. */
  readonly maxConnections: number;
  /** Longest wait of one call, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Both pods behind one door, as behind a proxy: a call that a pod certainly did not take (nothing listens there, or it
 * says that it is not ready) goes to the other one; a call whose outcome is not known is never sent twice.
 */
export class PodPair {
  readonly #clients: readonly [ApiClient, ApiClient];
  readonly #writesUnderWay: [number, number] = [0, 0];

  constructor({ urls, maxConnections, timeoutMs }: PodPairOptions) {
    const client = (api: string) => new ApiClient({ api, maxConnections, timeoutMs });
    this.#clients = [client(urls[0]), client(urls[1])];
  }

  /** Writes that were sent to a pod and are not answered yet. */
  writesUnderWay(pod: Which): number {
    return this.#writesUnderWay[pod];
  }

  /**
   * Makes a write, first at one pod. `onAsked` is told of each pod that is asked.
   * @throws CallFailedError of the pod that was asked last
   */
  async write<T>(
    first: Which,
    call: (client: ApiClient) => Promise<T>,
    onAsked: (pod: Which) => void,
  ): Promise<T> {
    return this.#ask(first, async (client, pod) => {
      onAsked(pod);
      this.#writesUnderWay[pod]++;
      try {
        return await call(client);
      } finally {
        this.#writesUnderWay[pod]--;
      }
    });
  }

  /** Makes a read, first at one pod. @throws CallFailedError of the pod that was asked last */
  async read<T>(first: Which, call: (client: ApiClient) => Promise<T>): Promise<T> {
    return this.#ask(first, call);
  }

  /** Closes all connections; calls under way fail. */
  close(): void {
    for (const client of this.#clients) client.close();
  }

  async #ask<T>(first: Which, call: (client: ApiClient, pod: Which) => Promise<T>): Promise<T> {
    try {
      return await call(this.#clients[first], first);
    } catch (error) {
      if (!(error instanceof CallFailedError) || error.mayHaveTakenEffect) throw error;
      const other: Which = first === 0 ? 1 : 0;
      return call(this.#clients[other], other);
    }
  }
}
