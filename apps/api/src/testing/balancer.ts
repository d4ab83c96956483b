import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setInterval } from 'node:timers/promises';
import { OwnHttp } from '@hybrid-sync/services/own-http';

/** How often each pod is asked whether it is ready, in milliseconds. */
const LOOK_EVERY_MS = 200;

interface Backend {
  readonly url: string;
  ready: boolean;
}

/**
 * A balancer as there is one in front of api pods: it asks each for `/readyz`, and sends each request to the next of those
 * that were ready when last asked. It tries nothing twice: a request that fails on its way is answered 502.
 */
export class Balancer {
  /** Requests that each pod answered, by its URL. */
  readonly answered = new Map<string, number>();
  /** Why requests failed on their way to a pod. */
  readonly failures: string[] = [];
  readonly #backends = new Map<string, Backend>();
  readonly #ended = new AbortController();
  #server: OwnHttp | undefined;
  #looks: Promise<void> | undefined;
  #next = 0;

  static async start(): Promise<Balancer> {
    const balancer = new Balancer();
    balancer.#server = await OwnHttp.start((request, response) => balancer.#serve(request, response));
    balancer.#looks = balancer.#keepLooking();
    return balancer;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  /** The pod at this URL is asked from now on. */
  add(url: string): void {
    this.#backends.set(url, { url, ready: false });
  }

  /** The pod at this URL is no more. */
  remove(url: string): void {
    this.#backends.delete(url);
  }

  /** Whether the pod at this URL is sent requests. */
  sendsTo(url: string): boolean {
    return this.#backends.get(url)?.ready ?? false;
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#looks;
    await this.#server?.stop();
  }

  async #keepLooking(): Promise<void> {
    try {
      for await (const _ of setInterval(LOOK_EVERY_MS, undefined, { signal: this.#ended.signal })) {
        await Promise.all([...this.#backends.values()].map(look));
      }
    } catch (error) {
      if (!this.#ended.signal.aborted) throw error;
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const ready = [...this.#backends.values()].filter((backend) => backend.ready);
    const to = ready[this.#next++ % ready.length];
    try {
      if (to === undefined) throw new Error('no pod is ready');
      const { method = 'GET', headers, url } = request;
      const answer = await fetch(`${to.url}${url}`, {
        method,
        headers: { 'content-type': headers['content-type'] ?? '' },
        body,
      });
      const answerBody = await answer.text();
      this.answered.set(to.url, (this.answered.get(to.url) ?? 0) + 1);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answerBody);
    } catch (error) {
      const { cause } = error as Error;
      this.failures.push(String(cause ?? error));
      response.writeHead(502).end();
    }
  }
}

async function look(backend: Backend): Promise<void> {
  backend.ready = await fetch(`${backend.url}/readyz`).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.ok;
    },
    () => false,
  );
}
