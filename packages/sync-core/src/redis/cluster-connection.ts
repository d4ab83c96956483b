import { EventEmitter } from 'node:events';
import calculateSlot from 'cluster-key-slot';
import type { ClusterAddress, HostAndPort, RedisTarget } from '../config/redis-target.js';
import { RedisFaultError, reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';
import type { CacheConnection } from './cache-connection.js';
import { type Masters, randomCursorOf, scanCluster } from './cluster-scan.js';
import { askNode, type ClusterView, type MasterView, viewOf } from './cluster-view.js';
import type { ConnectionTerms } from './connection-options.js';
import { HASH_SLOTS } from './hash-slots.js';
import { fromTurn, NewestView } from './newest-view.js';
import { RedisConnection } from './redis-connection.js';
import { namedFault, type RedisSetting } from './redis-fault.js';
import type { UnsafeSetting } from './redis-safety.js';
import type { RedisStanding } from './redis-standing.js';
import type { KeyFilter } from './scan-cursor.js';
import type { ScriptedRedis } from './scripts.js';

/** Time between two looks at how the cluster is made up, in milliseconds. */
const LOOK_MS = 2000;
/** The same while a part of it can't be used: a failover is to be noticed. */
const LOOK_AGAIN_MS = 250;
/** The same once there is a reason to look: many answers may give one, and go on doing so. */
const LOOK_SOON_MS = 50;

/** A master of the cluster, with the connection to it. */
interface Master {
  readonly view: MasterView;
  readonly redis: ScriptedRedis;
}

/**
 * A connection to each master of a Redis Cluster. Each is as one to a single Redis is, with its deadlines and checks; this
 * only knows which hash slots each has:
 *
 *   some node tells who has which hash slots ─▶ a connection to each master ─▶ looked at every 2 s
 *        ▲                                                                        │
 *        └──── a master answers that a slot has moved, or is gone ────────────────┘
 *
 * A command that went to a master that does not have the slot any more was not executed. It fails, as it does where a
 * master is away; nothing is sent a second time.
 */
export class ClusterConnection extends EventEmitter implements CacheConnection {
  readonly spread = true;
  readonly #target: RedisTarget & { readonly address: ClusterAddress };
  readonly #terms: ConnectionTerms;
  readonly #looks: Repeater;
  readonly #newest: NewestView;
  #masters: ReadonlyMap<string, Master> = new Map();
  /** By hash slot. */
  #bySlot: readonly (Master | undefined)[] = [];
  /** Nodes that the cluster told of. */
  #nodes: readonly HostAndPort[] = [];
  #asked = 0;
  /** There was a reason to look since the last look began. */
  #looksSoon = false;
  #closed = false;
  /** Why the last look showed nothing. */
  #blind: Error | undefined = new Error('it was not reached yet');

  constructor(target: RedisTarget & { readonly address: ClusterAddress }, terms: ConnectionTerms) {
    super();
    this.#target = target;
    this.#terms = terms;
    this.#newest = new NewestView(this.setting);
    // Whoever waits for it listens; without a listener an error would end the process.
    this.on('error', () => undefined);
    this.#looks = new Repeater(
      () => this.#look(),
      () => this.#pauseMs(),
    );
    this.#looks.start();
  }

  at(key: string): ScriptedRedis {
    return this.#ofSlot(calculateSlot(key)).redis;
  }

  get servers(): readonly ScriptedRedis[] {
    return [...this.#masters.values()].map(({ redis }) => redis);
  }

  get standing(): RedisStanding {
    const { fault } = this;
    const silent = this.servers.map(({ standing }) => standing.silentMs).filter((ms) => ms !== undefined);
    return {
      ok: fault === undefined,
      silentMs: silent.length === 0 ? undefined : Math.max(...silent),
      reason: fault && reasonOf(fault),
    };
  }

  get fault(): Error | undefined {
    if (this.#blind !== undefined) return this.#blind;
    const away = this.servers.find(({ standing }) => !standing.ok);
    return away && (away.fault ?? new Error('a master of the cluster was not reached yet'));
  }

  get unsafe(): readonly UnsafeSetting[] {
    const found = this.servers.flatMap(({ unsafe }) => unsafe);
    const kinds = new Map(found.map((each) => [`${each.setting} ${each.value}`, each]));
    return [...kinds.values()];
  }

  get setting(): RedisSetting {
    return this.#terms.setting ?? 'REDIS_URL';
  }

  scanPage(cursor: string, filter: KeyFilter): Promise<[cursor: string, names: string[]]> {
    return scanCluster(this.#toScan, cursor, filter);
  }

  randomCursor(): Promise<string> {
    return randomCursorOf(this.#toScan);
  }

  disconnect(): void {
    this.#closed = true;
    void this.#looks.stop();
    for (const redis of this.servers) redis.disconnect();
    this.emit('close');
  }

  get #toScan(): Masters {
    return {
      byId: (id) => this.#masters.get(id)?.redis,
      ofSlot: (slot) => {
        const { view, redis } = this.#ofSlot(slot);
        return { id: view.id, redis };
      },
    };
  }

  #ofSlot(slot: number): Master {
    const master = this.#bySlot[slot];
    if (master !== undefined) return master;
    throw this.#blind ?? this.#noMaster();
  }

  #pauseMs(): number {
    if (this.#looksSoon) return LOOK_SOON_MS;
    return this.standing.ok ? LOOK_MS : LOOK_AGAIN_MS;
  }

  async #look(): Promise<void> {
    this.#looksSoon = false;
    try {
      const view = await this.#view();
      // What would be connected to now, nobody would close.
      if (!this.#closed) this.#follow(view);
    } catch (error) {
      if (!this.#closed) this.#failed(error as Error);
    }
  }

  /** Asks those first that are known to answer, another one each time: one that is cut off hears of nothing new. */
  #view(): Promise<ClusterView> {
    const { setting } = this;
    const { role, deadlineMs } = this.#terms;
    const up = [...this.#masters.values()].filter(({ redis }) => redis.standing.ok);
    const others = [...this.#nodes, ...this.#target.address.nodes];
    return this.#newest.of([
      ...fromTurn(up, this.#asked++).map(
        ({ redis, view }) =>
          () =>
            viewOf(redis, view, setting),
      ),
      ...others.map((node) => () => askNode(node, this.#target, { role, deadlineMs, setting })),
    ]);
  }

  #follow({ masters, nodes }: ClusterView): void {
    const stood = this.standing.ok;
    const before = this.#masters;
    this.#masters = new Map(masters.map((view) => [view.id, this.#masterOf(view, before.get(view.id))]));
    this.#nodes = nodes;
    const bySlot = new Array<Master | undefined>(HASH_SLOTS).fill(undefined);
    for (const master of this.#masters.values()) {
      for (const [from, to] of master.view.ranges) bySlot.fill(master, from, to + 1);
    }
    this.#bySlot = bySlot;
    this.#blind = bySlot.includes(undefined) ? this.#noMaster() : undefined;
    this.#tellOf(before);
    if (!stood && this.standing.ok) this.emit('ready');
  }

  #masterOf(view: MasterView, known: Master | undefined): Master {
    const stays = known !== undefined && known.view.host === view.host && known.view.port === view.port;
    return { view, redis: stays ? known.redis : this.#connect(view) };
  }

  #connect(at: MasterView): ScriptedRedis {
    const { where, address, ...target } = this.#target;
    const [host, port, { family }] = [at.host, at.port, address];
    const scheme = where.replace(/-cluster:.*/s, ':');
    const place = { address: { host, port, family }, where: `${scheme}//${host}:${port}` };
    // Whoever made the terms has put the scripts in them, which ioredis makes into commands.
    const redis = new RedisConnection({ ...target, ...place }, this.#terms) as ScriptedRedis;
    const look = () => {
      this.#looksSoon = true;
      this.#looks.pauseChanged();
    };
    redis.on('ready', () => this.emit('ready'));
    redis.on('error', (error: Error) => this.emit('error', redis.fault ?? error));
    redis.on('close', look).on('moved', look);
    return redis;
  }

  /** Closes connections to what is no master any more, once what is under way there was answered; tells of the change. */
  #tellOf(before: ReadonlyMap<string, Master>): void {
    const stay = new Set(this.servers);
    const gone = [...before.values()].filter(({ redis }) => !stay.has(redis));
    for (const { redis } of gone) redis.quit().catch(() => redis.disconnect());
    const { log, role } = this.#terms;
    if (gone.length > 0 || before.size !== this.#masters.size) {
      const masters = [...this.#masters.values()].map(({ view: { host, port } }) => `${host}:${port}`);
      log.info(
        { redis: this.#target.where, role, masters },
        'the masters of the Redis Cluster are these now',
      );
    }
  }

  #failed(error: Error): void {
    const fault = namedFault(error, this.setting, this.#target);
    const { log, role } = this.#terms;
    if (this.#blind?.message !== fault.message) {
      const told = { redis: this.#target.where, role, reason: reasonOf(fault) };
      log.error(told, 'the Redis Cluster can not be seen as it is; trying again until it can');
    }
    this.#blind = fault;
    this.emit('error', fault);
  }

  #noMaster(): RedisFaultError {
    const meaning = 'is a Redis Cluster in which no master has a part of the hash slots';
    return new RedisFaultError(this.setting, { code: 'CLUSTERDOWN', meaning });
  }
}
