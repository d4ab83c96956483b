import { findExamples } from '@hybrid-sync/documents/examples';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formOf, REPOSITORY, runDocumented } from './testing/documented.js';

/** On a Redis of its own: it is scanned, and its keys are named in the document. */
let redis: OwnRedis;
let system: RealSystem;
let api: RealApp;
beforeAll(async () => {
  redis = await OwnRedis.start();
  system = new RealSystem({ REDIS_URL: redis.url, CHECK_INTERVAL_MS: '0' });
  api = await system.start('api');
  await system.start('projector');
});
afterAll(async () => {
  await system.stop();
  await redis.stop();
});

/** Packs are made and installed by packs.e2e.test.ts. */
const PACKING = /^npm /;

const examples = findExamples(REPOSITORY).filter(
  ({ file, command, inSentence }) => file === 'docs/adopt.md' && !inSentence && !PACKING.test(command),
);

it.each(examples)('what docs/adopt.md shows is what happens: $command', async ({ command, output }) => {
  const run = () => runDocumented(command, { url: api.url, redis: redis.url });
  const first = await run();
  expect(first.failed, first.printed).toBe(false);
  if (output !== undefined) expect(formOf(first.printed)).toBe(formOf(output));
});
