import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';

const script = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

const SCRIPTS = {
  api: script('apps/api/dist/main.js'),
  projector: script('apps/projector/dist/main.js'),
  replay: script('tools/replay/dist/main.js'),
} as const;

const READY_WITHIN_MS = 60_000;

/** What a process printed and how it ended. */
export interface ProcessEnd {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A replay that runs. */
export interface RunningReplay {
  readonly end: Promise<ProcessEnd>;
  signal(signal: NodeJS.Signals): void;
  /**
   * Resolves once the replay has printed this on its standard error, with all that it has printed there.
   * @throws when it ended without
   */
  said(text: string): Promise<string>;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/**
 * Real api and projector processes on free ports of the loopback, with a namespace and a database of their
 * own on the services that `npm test` started.
 */
export class ServiceUnderTest {
  readonly api: string;
  /** What every process of it has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly #children: Child[] = [];

  private constructor(port: number, env: Record<string, string>) {
    this.api = `http://127.0.0.1:${port}`;
    this.env = env;
  }

  /** Starts an api and so many projectors, and waits until they are ready. */
  static async start(projectors: number): Promise<ServiceUnderTest> {
    const namespace = `t${randomUUID().slice(0, 8)}`;
    const mongodb = new URL(fromEnvironment('TEST_MONGODB_URL'));
    mongodb.pathname = `/${namespace}`;
    const port = await freePort();
    const service = new ServiceUnderTest(port, {
      HOST: '127.0.0.1',
      REDIS_URL: fromEnvironment('TEST_REDIS_URL'),
      MONGODB_URL: mongodb.href,
      HYBRID_SYNC_NAMESPACE: namespace,
      SHUTDOWN_DELAY_MS: '0',
      // A short wait for the fast path lets a short outage show.
      ASYNC_TIMEOUT_MS: '500',
      // A busy machine is no reason to leave the fast path, and it is tried again soon after an outage.
      SYNC_MODE: 'hybrid',
      BREAKER_HALF_OPEN_AFTER_MS: '200',
    });
    try {
      const ready = [service.#startReady('api', port)];
      for (let at = 0; at < projectors; at++) ready.push(service.#startReady('projector', await freePort()));
      await Promise.all(ready);
      return service;
    } catch (error) {
      await service.stop();
      throw error;
    }
  }

  /** Starts a replay against it. */
  replay(...args: string[]): RunningReplay {
    const child = this.#spawn('replay', ['--api', this.api, ...args], {});
    const output = collect(child);
    const end = once(child, 'close').then(([code]): ProcessEnd => ({ code, ...output }));
    return {
      end,
      signal: (signal) => void child.kill(signal),
      async said(text) {
        const ended = end.then(() => true);
        while (!output.stderr.includes(text)) {
          if (await Promise.race([ended, once(child.stderr, 'data').then(() => false)])) {
            if (output.stderr.includes(text)) break;
            throw new Error(`the replay ended without saying "${text}":\n${output.stderr}`);
          }
        }
        return output.stderr;
      },
    };
  }

  /** Ends all processes, then removes the keys and the database. */
  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    const redis = new Redis(this.env.REDIS_URL ?? '');
    const keys = await redis.keys(`${this.env.HYBRID_SYNC_NAMESPACE}:*`);
    if (keys.length > 0) await redis.del(...keys);
    redis.disconnect();
    await withDatabase(this.env, (database) => database.dropDatabase());
  }

  async #startReady(name: 'api' | 'projector', port: number): Promise<void> {
    const child = this.#spawn(name, [], { PORT: String(port) });
    const output = collect(child);
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      const status = await fetch(`http://127.0.0.1:${port}/readyz`).then(
        (response) => response.status,
        () => 0,
      );
      if (status === 200) return;
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the ${name} did not become ready:\n${output.stdout}${output.stderr}`);
      }
      await delay(50);
    }
  }

  #spawn(name: keyof typeof SCRIPTS, args: readonly string[], env: Readonly<Record<string, string>>): Child {
    const child = spawn(process.execPath, [SCRIPTS[name], ...args], {
      env: { ...process.env, NODE_ENV: 'production', ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    return child;
  }
}

/** Uses the database that the environment names. */
export async function withDatabase<T>(
  env: Readonly<Record<string, string>>,
  use: (database: ReturnType<MongoClient['db']>) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(env.MONGODB_URL ?? '');
  try {
    return await use(client.db());
  } finally {
    await client.close();
  }
}

function collect(child: Child): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (part: Buffer) => {
    output.stdout += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    output.stderr += part.toString();
  });
  return output;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

function fromEnvironment(name: string): string {
  const url = process.env[name];
  if (!url) throw new Error(`${name} is not set: run this test with "npm test", which starts the services`);
  return url;
}
