import { OK, Prose } from '@hybrid-sync/redis-protocol';
import type { AnswerTime, Pod } from '@hybrid-sync/sync-core';
import { type CommandHandler, integerIn, syntaxError, wordIn } from '../command.js';
import { CommandError } from '../command-failure.js';
import { REDIS_VERSION } from './connection-commands.js';
import { reachedShadows } from './reached-shadows.js';

/** What WAIT waits for at most, in milliseconds, where it is told to wait for ever. */
const FOR_EVER_MS = 24 * 3_600_000;
const ANSWER_TIMES: Readonly<Record<string, AnswerTime>> = { JOURNALED: 'journaled', SYNCED: 'synced' };

const NONE_ANSWERED = { ASYNC_THREAD: 0, EVENT_BASED: 0, JOURNALED: 0 };

/** What INFO tells of the door. */
export interface DoorFacts {
  /** The package's version. */
  readonly version: string;
  port(): number | undefined;
  connections(): number;
}

/** The commands that are about the server, and about how far writes got. */
export function serverHandlers(pod: Pick<Pod, 'isRunning' | 'running' | 'waits'>, facts: DoorFacts) {
  return {
    info: ({ args }) => new Prose(infoText(pod, facts, args)),

    time: () => {
      const now = Date.now();
      return [String(Math.floor(now / 1000)), String((now % 1000) * 1000)];
    },

    wait: async ({ args, client }) => {
      const [copies, ms] = [integerIn(args[0]), timeoutIn(args[1])];
      if (ms < 0n) throw new CommandError('ERR timeout is negative');
      const patience = copies <= 0n ? 0 : ms === 0n ? FOR_EVER_MS : Number(ms);
      client.waits++;
      try {
        return (await reachedShadows(pod.waits, client, Math.min(patience, FOR_EVER_MS))) ? 1 : 0;
      } finally {
        client.waits--;
      }
    },

    'hs.method': ({ client }) => client.writes.method ?? null,

    'hs.answer': ({ args, client }) => {
      if (args.length > 1) throw syntaxError();
      if (args.length === 0) return client.answerTime.toUpperCase();
      const time = ANSWER_TIMES[wordIn(args[0])];
      if (time === undefined) throw new CommandError('ERR HS.ANSWER takes JOURNALED or SYNCED');
      client.answerTime = time;
      return OK;
    },
  } satisfies Record<string, CommandHandler>;
}

/** @throws CommandError */
function timeoutIn(argument: Buffer | undefined): bigint {
  try {
    return integerIn(argument);
  } catch {
    throw new CommandError('ERR timeout is not an integer or out of range');
  }
}

function infoText(
  pod: Pick<Pod, 'isRunning' | 'running'>,
  { version, port, connections }: DoorFacts,
  args: readonly Buffer[],
): string {
  const { ASYNC_THREAD, EVENT_BASED, JOURNALED } = pod.isRunning ? pod.running.sync.answered : NONE_ANSWERED;
  const sections: Readonly<Record<string, Readonly<Record<string, string | number | undefined>>>> = {
    Server: {
      redis_version: REDIS_VERSION,
      redis_mode: 'standalone',
      hybrid_sync_version: version,
      process_id: process.pid,
      tcp_port: port(),
      uptime_in_seconds: Math.floor(process.uptime()),
    },
    Clients: { connected_clients: connections() },
    // Clients ask for it before they begin, and wait so long.
    Persistence: pod.isRunning ? { loading: 0 } : { loading: 1, loading_eta_seconds: 1 },
    Replication: { role: 'master', connected_slaves: 0 },
    Hybrid_sync: {
      mutations_async_thread: ASYNC_THREAD,
      mutations_event_based: EVENT_BASED,
      mutations_journaled: JOURNALED,
    },
  };
  const asked = new Set(args.map((argument) => argument.toString('latin1').toLowerCase()));
  const all = asked.size === 0 || ['all', 'default', 'everything'].some((word) => asked.has(word));
  return Object.entries(sections)
    .filter(([name]) => all || asked.has(name.toLowerCase()))
    .map(([name, lines]) => `# ${name}\r\n${linesOf(lines)}`)
    .join('\r\n');
}

function linesOf(lines: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(lines)
    .map(([name, value]) => `${name}:${value ?? ''}\r\n`)
    .join('');
}
