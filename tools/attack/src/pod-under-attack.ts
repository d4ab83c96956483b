import { createRequire } from 'node:module';
import { createToken } from '@hybrid-sync/access-tokens';
import { appProcess, processorSeconds, residentBytes } from '@hybrid-sync/services';
import getPort from 'get-port';

const MAIN = createRequire(import.meta.url).resolve('@hybrid-sync/api/bin');

/** What an attacker and the other client know of the pod. */
export interface Target {
  /** On 127.0.0.1. */
  readonly port: number;
  /** The same of Redis' protocol. */
  readonly redisPort: number;
  readonly readToken: string;
  readonly writeToken: string;
}

/** How a {@link PodUnderAttack} is started. */
export interface PodUnderAttackOptions {
  /** Its heap, in MiB. */
  readonly heapMb: number;
  /** Where its log goes. */
  readonly folder: string;
  /** Where it finds its stores, as environment variables. */
  readonly env: Readonly<Record<string, string>>;
}

/** What is attacked: a pod with a small heap and a process of its own, with a token of each role. */
export type PodUnderAttack = Awaited<ReturnType<typeof startPod>>;

/** Starts a pod and waits until it is ready. @throws ServiceStartError with the end of its log when it does not become so */
export async function startPod({ heapMb, folder, env }: PodUnderAttackOptions, signal: AbortSignal) {
  const port = await getPort({ host: '127.0.0.1' });
  const redisPort = await getPort({ host: '127.0.0.1' });
  const reader = createToken({ name: 'attacker', role: 'read' });
  const writer = createToken({ name: 'bystander', role: 'write' });
  const operator = createToken({ name: 'operator', role: 'admin' });
  const api = appProcess({
    ...{ name: 'api', main: MAIN, nodeArgs: [`--max-old-space-size=${heapMb}`], port, dataDir: folder },
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      ...env,
      REDIS_LISTEN_PORT: String(redisPort),
      API_TOKENS: `${reader.entry} ${writer.entry} ${operator.entry}`,
    },
  });
  await api.start(signal);
  const target: Target = { port, redisPort, readToken: reader.token, writeToken: writer.token };
  return {
    target,
    url: api.url,
    adminToken: operator.token,
    /** Whether its process still runs. */
    get lives(): boolean {
      return api.pid !== undefined;
    },
    /** Processor time that it has used so far, in milliseconds; undefined where that is not known. */
    async processorMs(): Promise<number | undefined> {
      const seconds = await processorSeconds(api.pid === undefined ? [] : [api.pid]);
      return seconds && 1000 * seconds;
    },
    /** Memory that it has in use now, in bytes; 0 where that is not known. */
    async memoryBytes(): Promise<number> {
      return (api.pid && (await residentBytes(api.pid))) || 0;
    },
    async stop(): Promise<void> {
      await api.kill();
      await api.stop();
    },
  };
}
