import { Prose } from '@hybrid-sync/redis-protocol';
import { expect, it } from 'vitest';
import type { CommandCall } from '../command.js';
import { serverHandlers } from './server-commands.js';

/** What INFO tells of a section. */
function told(pod: object, section: string): string {
  const facts = { version: '1.2.3', port: () => 6380, connections: () => 1 };
  const { info } = serverHandlers(pod as Parameters<typeof serverHandlers>[0], facts);
  const reply = info({ args: [Buffer.from(section)] } as unknown as CommandCall);
  return reply instanceof Prose ? reply.text : '';
}

it('INFO tells clients to wait as long as Redis was not reached', () => {
  const starting = { isRunning: false };
  expect(told(starting, 'persistence')).toBe('# Persistence\r\nloading:1\r\nloading_eta_seconds:1\r\n');
  expect(told(starting, 'hybrid_sync')).toContain('mutations_journaled:0\r\n');
  const sync = { answered: { ASYNC_THREAD: 1, EVENT_BASED: 2, JOURNALED: 3 } };
  const running = { isRunning: true, running: { sync } };
  expect(told(running, 'persistence')).toBe('# Persistence\r\nloading:0\r\n');
  expect(told(running, 'hybrid_sync')).toContain('mutations_journaled:3\r\n');
});
