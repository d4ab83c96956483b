import { connect as connectPlain, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import calculateSlot from 'cluster-key-slot';
import { AbstractConnector } from 'ioredis';
import type { HostAndPort, RedisTarget } from '../config/redis-target.js';
import { type AskTerms, askNode, type ClusterView } from './cluster-view.js';
import { fromTurn, NewestView } from './newest-view.js';
import { lineTo } from './server-line.js';

/** How long ioredis waits for the other end to close, in milliseconds. */
const CLOSE_MS = 2000;

/** How a {@link SlotConnector} is made: where to look, whose master, and the wait before the n-th further attempt. */
export interface SlotConnectorOptions {
  readonly target: RedisTarget;
  /** Nodes of the cluster that are known. */
  readonly seeds: readonly HostAndPort[];
  readonly key: string;
  readonly terms: AskTerms;
  /** In milliseconds. */
  readonly retryMs: (attempt: number) => number;
}

/**
 * Leads a connection to the master that has a key's hash slot, whichever that is when the connection is made: what all
 * keys of one hash tag need, such as the queues.
 */
export class SlotConnector extends AbstractConnector {
  readonly #options: SlotConnectorOptions;
  readonly #slot: number;
  readonly #newest: NewestView;
  #nodes: readonly HostAndPort[];
  #asked = 0;
  #closed = new AbortController();

  constructor(options: SlotConnectorOptions) {
    super(CLOSE_MS);
    this.#options = options;
    this.#slot = calculateSlot(options.key);
    this.#newest = new NewestView(options.terms.setting);
    this.#nodes = options.seeds;
  }

  override async connect(tell: (type: string, error: Error) => void): Promise<Socket> {
    this.connecting = true;
    this.#closed = new AbortController();
    const master = await this.#master(tell, this.#closed.signal);
    const { host = '', port = 0, family = 0, tls } = lineTo(master, this.#options.target);
    const at = { host, port, family };
    const stream = tls ? connectTls({ ...at, ...tls }) : connectPlain(at);
    stream.once('error', (error: Error) => {
      this.firstError = error;
    });
    this.stream = stream;
    return stream;
  }

  override disconnect(): void {
    this.#closed.abort(new Error('the connection was closed'));
    super.disconnect();
  }

  /** Where the master is: ioredis gives a connector up that fails, so this one fails only when it is closed. */
  async #master(tell: (type: string, error: Error) => void, closed: AbortSignal): Promise<HostAndPort> {
    const { target, seeds, terms, retryMs } = this.#options;
    for (let attempt = 1; ; attempt++) {
      closed.throwIfAborted();
      try {
        const view = await this.#newest.of(
          // Another one first at each turn: what one told may have led to a server that is no master any more.
          fromTurn(this.#nodes, this.#asked++).map((node) => () => askNode(node, target, terms)),
        );
        closed.throwIfAborted();
        this.#nodes = [...view.nodes, ...seeds];
        return masterOf(view, this.#slot);
      } catch (error) {
        closed.throwIfAborted();
        tell('error', error as Error);
      }
      await delay(retryMs(attempt), undefined, { signal: closed });
    }
  }
}

function masterOf({ masters }: ClusterView, slot: number): HostAndPort {
  const master = masters.find(({ ranges }) => ranges.some(([from, to]) => from <= slot && slot <= to));
  if (master === undefined) throw new Error('the cluster has no master for the hash slot');
  return master;
}
