import { createToken } from '@hybrid-sync/access-tokens';
import { type Example, findExamples } from '@hybrid-sync/documents/examples';
import { findCurl } from '@hybrid-sync/services';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formOf, REPOSITORY, runDocumented } from './testing/documented.js';

/** Started by hand, or for minutes; their options are held against their help. */
const NOT_RUN = /^(npm|docker|kubectl|url\(\)|export|REDIS_URL=\S+ MONGODB_URL=\S+ (node|npm))\b/;
/** Shown to say what is answered where there are tokens. */
const WITH_TOKENS = 'hybrid-sync get key=a';

/** Its answers are those of a Redis of its own: documented-road.e2e.test.ts. */
const ROAD = 'docs/adopt.md';
/** The documents that show answers. */
const WITH_ANSWERS = ['README.md', 'docs/introduction.md', 'docs/operations.md'];

let system: RealSystem;
let api: RealApp;
let curl: string;
beforeAll(async () => {
  curl = await findCurl();
  // The first check may come before or after the first look at the statistics: here there is none.
  system = new RealSystem({ CHECK_INTERVAL_MS: '0' });
  api = await system.start('api');
  await system.start('projector');
});
afterAll(() => system.stop());

describe.each(WITH_ANSWERS)('what %s shows is what is answered', (file) => {
  const examples = findExamples(REPOSITORY).filter((each) => each.file === file && !each.inSentence);

  it.each(examples.filter(({ command }) => !NOT_RUN.test(command)))(
    '$command',
    async ({ command, output }: Example) => {
      let url = api.url;
      if (command === WITH_TOKENS) {
        const { entry } = createToken({ name: 'a', role: 'read' });
        ({ url } = await system.start('api', { API_TOKENS: entry }));
      }
      const first = await runDocumented(command, { url, curl });
      expect(first.failed, first.printed).toBe(output?.startsWith('error:') ?? false);
      if (output === undefined) return;
      // A look may come before the first sample; a write is made once.
      const looks = /stats|load_check|settings get/.test(command);
      const printed = async () =>
        formOf(looks ? (await runDocumented(command, { url, curl })).printed : first.printed);
      await expect.poll(printed).toBe(formOf(output));
    },
  );
});

it('no other document shows an answer', () => {
  const shown = findExamples(REPOSITORY).filter(
    ({ command, output }) => output !== undefined && !NOT_RUN.test(command),
  );
  expect([...new Set(shown.map(({ file }) => file))].sort()).toEqual([...WITH_ANSWERS, ROAD].sort());
});
