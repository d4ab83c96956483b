import { Redis } from 'ioredis';

/** What the connections of the benchmark itself are called. */
const OWN = 'bench';

/** A command as one who monitors Redis sees it. */
type Monitored = [time: string, args: string[], source: string];

/** How much of the time one processor of the machine Redis used, and what it was sent. */
export class RedisWatch {
  readonly #redis: Redis;
  readonly #namespace: string;

  /** `namespace`: what is left out of the names of keys. The caller stops it. */
  constructor(url: string, namespace: string) {
    this.#redis = new Redis(url, { connectionName: OWN });
    this.#namespace = namespace;
  }

  /** The processor time that Redis has used so far, in seconds. */
  async usedSeconds(): Promise<number> {
    const info = await this.#redis.info('cpu');
    const of = (field: string) => Number(new RegExp(`^${field}:(\\S+)`, 'm').exec(info)?.[1]);
    return of('used_cpu_sys') + of('used_cpu_user');
  }

  /** What the connections of the processes under test are called, by their addresses. */
  async connections(): Promise<Map<string, string>> {
    const list = String(await this.#redis.client('LIST'));
    const field = (line: string, name: string) => new RegExp(` ${name}=(\\S*)`).exec(line)?.[1] ?? '';
    const found = list
      .split('\n')
      .filter((line) => line !== '' && field(line, 'name') !== OWN)
      .map((line) => [field(line, 'addr'), roleOf(field(line, 'name'))] as const);
    return new Map(found);
  }

  /**
   * Counts what this system's connections send until `until` resolves, by role of the connection, command and kind of key; what
   * scripts do inside Redis is no command. Redis is slower meanwhile.
   */
  async counted(until: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    const names = await this.connections();
    const monitor = (await this.#redis.monitor()) as Redis;
    monitor.on('monitor', (...[, args, source]: Monitored) => {
      const name = names.get(source);
      if (name === undefined) return;
      const what = `${name}: ${this.#causeOf(args)}`;
      counts.set(what, (counts.get(what) ?? 0) + 1);
    });
    try {
      await until();
      return counts;
    } finally {
      monitor.disconnect();
    }
  }

  /** Closes the connection. */
  stop(): void {
    this.#redis.disconnect();
  }

  /** The command, and the first key that it names, without what differs from slot to slot. */
  #causeOf([command = '', ...args]: readonly string[]): string {
    const name = command.toLowerCase();
    const key = name.startsWith('eval')
      ? args[2]
      : name === 'xread'
        ? args[args.indexOf('STREAMS') + 1]
        : args[0];
    const kind = (key ?? '').replace(`${this.#namespace}:`, '').replace(/\{\d+\}/, '{slot}');
    return `${name} ${kind}`.trim();
  }
}

/** BullMQ calls the connections that it makes for blocking reads after the queue, in its own way. */
function roleOf(name: string): string {
  return name.startsWith('hybrid-sync-') ? name.slice('hybrid-sync-'.length) : 'blocking reads';
}
