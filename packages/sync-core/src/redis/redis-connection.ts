import { type Command, Redis, type RedisOptions } from 'ioredis';
import type { HostAndPort, RedisTarget } from '../config/redis-target.js';
import { RedisFaultError, reasonOf } from '../errors.js';
import { admitOnly } from './admission.js';
import { meaningOf } from './answer-meaning.js';
import { type ConnectionFault, sentinelFaultOf, unansweredFaultOf } from './connection-faults.js';
import { type ConnectionTerms, optionsOf } from './connection-options.js';
import { lookInTurns } from './look-in-turns.js';
import { namedFault, type RedisSetting, replicaFault, unfitness } from './redis-fault.js';
import { type ServerInfo, type UnsafeSetting, unsafeSettings } from './redis-safety.js';
import type { RedisStanding } from './redis-standing.js';
import { type KeyFilter, noCursor, randomCursor, scanArguments } from './scan-cursor.js';
import { followSwitches } from './switch-watch.js';
import { ToldFaults } from './told-faults.js';

/** The commands that are sent before a connection is ready. */
const GREETING: ReadonlySet<string> = new Set(['hello', 'auth', 'select', 'client', 'info']);

/**
 * A connection to Redis that goes on trying for ever, and the only kind there is; its duplicates, such as BullMQ makes
 * for blocking reads, are of it too.
 *
 *   connecting ─▶ greeted: name and password, database, INFO ─▶ admitted: ready ─▶ looked at, in turns with others
 *      ▲               │ a replica, a cluster, no such database   │ silent for a deadline, though asked something
 *      └───────────────┴──────────────────────────────────────────┴ an answer, or a word of a sentinel, by which the server
 *                                                                   has changed
 *
 * Nothing but the greeting is sent before it is admitted, so that no write goes to another database or server than was
 * asked for. A command that was refused is never sent again by it.
 */
export class RedisConnection extends Redis {
  readonly #target: RedisTarget;
  readonly #terms: ConnectionTerms;
  /** Why it can't be used now. */
  #fault: Error | undefined;
  /** Why a sentinel that was reached gave no server, in this round of asking them. */
  #sentinelFault: ConnectionFault | undefined;
  readonly #told: ToldFaults;
  /** Whether the connection stands, TLS included, and nothing was answered on it yet. */
  #unanswered = false;
  #databaseChosen = true;
  /** It is being broken because of an answer: those to come on it change nothing. */
  #condemned = false;
  #answeredAt: number | undefined;
  #unsafe: readonly UnsafeSetting[] = [];
  #run: string | undefined;
  #endLooks: () => void = () => undefined;
  readonly #endSwitches: () => void;

  /** `override`: options of ioredis that differ from what the terms ask for. */
  constructor(target: RedisTarget, terms: ConnectionTerms, override: Partial<RedisOptions> = {}) {
    super(optionsOf(target, terms, override, (error) => this.#leadsElsewhere(error)));
    this.#target = target;
    this.#terms = terms;
    this.#told = new ToldFaults(target.where, terms.role, terms.log);
    const duplicate = (other?: Partial<RedisOptions>) => new RedisConnection(target, terms, other);
    this.duplicate = duplicate as Redis['duplicate'];
    admitOnly(this, (info) => this.#admits(info));
    this.on('connect', () => {
      this.#condemned = false;
      this.#sentinelFault = undefined;
      this.#unanswered = true;
      this.stream.on('data', () => {
        this.#unanswered = false;
        this.#answeredAt = performance.now();
      });
    });
    this.on('sentinelError', (error: Error) => {
      this.#sentinelFault = sentinelFaultOf(error) ?? this.#sentinelFault;
    });
    this.on('error', (error: Error) => this.#failed(error));
    this.on('ready', () => this.#isReady());
    this.#endSwitches = followSwitches(target, terms.role, (primary) => this.#primaryIs(primary));
    this.once('end', this.#endSwitches);
    this.on('close', () => {
      this.#unanswered = false;
      this.#endLooks();
      this.#fault ??= new Error('the connection was closed');
    });
  }

  /** How it stands now. */
  get standing(): RedisStanding {
    const ok = this.status === 'ready' && this.#fault === undefined;
    return {
      ok,
      silentMs: this.#answeredAt === undefined ? undefined : performance.now() - this.#answeredAt,
      reason: ok ? undefined : reasonOf(this.#fault ?? 'it was not reached yet'),
    };
  }

  /** Why it can't be used now, if it can't. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  /** What is unsafe about the server for what it is used for, as of when the connection was made. */
  get unsafe(): readonly UnsafeSetting[] {
    return this.#unsafe;
  }

  /** Which run of the server it leads to: another one after each start of it. Undefined where it did not say. */
  get run(): string | undefined {
    return this.#run;
  }

  /** The server that has a key: its only one. */
  at(_key: string): this {
    return this;
  }

  /** All servers that have keys. */
  get servers(): readonly this[] {
    return [this];
  }

  /** Whether keys are spread over servers: they aren't. */
  get spread(): boolean {
    return false;
  }

  /** One page of the names of all keys, see {@link CacheConnection.scanPage}. @throws InvalidInputError */
  async scanPage(cursor: string, filter: KeyFilter): Promise<[cursor: string, names: string[]]> {
    if (!/^\d{1,20}$/.test(cursor)) throw noCursor();
    return this.scan(cursor, ...scanArguments(filter));
  }

  /** A cursor at some place, see {@link CacheConnection.randomCursor}. */
  async randomCursor(): Promise<string> {
    return randomCursor();
  }

  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    if (command.name === 'select') this.#awaitDatabase(command.promise);
    // A caller that does not wait for Redis' return is told why it can't be used.
    const greets = this.status === 'connect' && GREETING.has(command.name);
    if (this.#fault !== undefined && this.#terms.use === 'request' && !greets) {
      command.reject(this.#fault);
      return command.promise;
    }
    return super.sendCommand(command, stream);
  }

  /** Closes it, or has it connect anew. */
  override disconnect(reconnect = false): void {
    // One that is closed between two attempts to connect says nothing of its end.
    if (!reconnect) this.#endSwitches();
    super.disconnect(reconnect);
  }

  /** What `send` sends leaves in one write. */
  inOneWrite<T>(send: () => T): T {
    const { stream } = this;
    stream?.cork();
    try {
      return send();
    } finally {
      stream?.uncork();
    }
  }

  /** The setting that holds its URL. */
  get setting(): RedisSetting {
    return this.#terms.setting ?? 'REDIS_URL';
  }

  #awaitDatabase(chosen: Promise<unknown>): void {
    this.#databaseChosen = false;
    chosen.then(
      () => {
        this.#databaseChosen = true;
      },
      () => undefined,
    );
  }

  /** Whether the server that was reached is one to be used. */
  #admits(info: ServerInfo): boolean {
    const fault = this.#faultOf(info);
    if (fault !== undefined) {
      this.emit('error', fault);
      return false;
    }
    this.#run = info.run_id;
    this.#unsafe = unsafeSettings(info, this.setting === 'QUEUE_REDIS_URL' ? 'queues' : 'cache');
    this.#fault = undefined;
    return true;
  }

  #faultOf(info: ServerInfo): Error | undefined {
    const unfit = unfitness(info, this.setting, this.#target);
    if (unfit !== undefined) return unfit;
    // Why it was refused was told when it was.
    if (!this.#databaseChosen) return this.#fault ?? new Error('the database was not chosen in time');
    return undefined;
  }

  #isReady(): void {
    this.#told.reachable();
    this.#endLooks();
    this.#endLooks = lookInTurns(this.#target.where, () => this.#look());
  }

  /** Asks whether the server is a replica now; a line that has gone silent is found out by it, too. */
  async #look(): Promise<boolean> {
    try {
      if (this.mode === 'subscriber') {
        await this.ping();
        return false;
      }
      const isReplica = /^role:slave\r?$/m.test(await this.info('replication'));
      if (isReplica) this.#condemn(replicaFault(this.setting, this.#target));
      return isReplica;
    } catch {
      // Redis not answering, or not letting INFO be asked, is noticed elsewhere: an answer came, or none.
      return false;
    }
  }

  /** A sentinel names the primary: where this leads elsewhere, it asks the sentinels anew. */
  #primaryIs({ host, port }: HostAndPort): void {
    const { remoteAddress, remotePort } = this.stream ?? {};
    if (remoteAddress !== host || remotePort !== port)
      this.#condemn(replicaFault(this.setting, this.#target));
  }

  #condemn(fault: Error): void {
    if (this.#condemned || this.status !== 'ready') return;
    this.#condemned = true;
    this.emit('error', fault);
    this.disconnect(true);
  }

  /** Whether ioredis is to make the connection anew because of this answer; what asked gets the answer, once. */
  #leadsElsewhere(error: Error): false {
    const meaning = meaningOf(error, this.#target);
    if (meaning === 'moved') this.emit('moved');
    else if (meaning !== undefined) this.#condemn(new RedisFaultError(this.setting, meaning.refusal));
    return false;
  }

  #failed(error: Error): void {
    const broken = this.#unanswered ? unansweredFaultOf(error, this.#target.tls) : undefined;
    this.#fault = namedFault(error, this.setting, this.#target, this.#sentinelFault ?? broken);
    this.#sentinelFault = undefined;
    this.#told.failed(this.#fault);
  }
}
