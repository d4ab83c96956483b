import { fileURLToPath } from 'node:url';
import { createToken } from '@hybrid-sync/access-tokens';
import { type Example, findExamples } from '@hybrid-sync/documents/examples';
import { findCurl } from '@hybrid-sync/services';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
/** What the documents leave to the reader's shell; jq only as far as they use it: one path. */
const SHELL = `
set -o pipefail
curl() { "$CURL" "$@"; }
npx() { "$@"; }
hybrid-sync() { node apps/cli/bin/hybrid-sync.js "$@"; }
jq() { node -e '
  let text = "";
  process.stdin.on("data", (part) => { text += part; }).on("end", () => {
    const found = process.argv[1].split(".").slice(1).reduce((value, name) => value[name], JSON.parse(text));
    console.log(JSON.stringify(found, null, 2));
  });' "$1"; }
`;
/** Started by hand, or for minutes; their options are held against their help. */
const NOT_RUN = /^(npm|docker|kubectl|url\(\)|export|REDIS_URL=\S+ MONGODB_URL=\S+ (node|npm))\b/;
/** Shown to say what is answered where there are tokens. */
const WITH_TOKENS = 'hybrid-sync get key=a';

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

/** What a command prints, errors too, with an api at that URL. */
async function run(command: string, url: string): Promise<{ failed: boolean; printed: string }> {
  const { exitCode, all } = await execa(
    'bash',
    ['-c', `${SHELL}${command.replaceAll('http://localhost:8080', url)}`],
    {
      cwd: REPOSITORY,
      env: { HYBRID_SYNC_URL: url, CURL: curl },
      all: true,
      reject: false,
    },
  );
  return { failed: exitCode !== 0, printed: all.trimEnd() };
}

/** An answer without what differs from run to run, the width of tables included. */
function formOf(printed: string): string {
  return printed
    .trimEnd()
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]{12}Z/g, '<a time>')
    .replaceAll(/\b\d{16}\b/g, '<a version>')
    .replaceAll(/"id": "[\w-]+-\d+-\w{6}"/g, '"id": "<a process>"')
    .replaceAll(/("(?:sampleA|a)geMs": )\d+/g, '$1<an age>')
    .replaceAll(/─+/g, '─')
    .replaceAll(/ +│/g, ' │');
}

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
      const first = await run(command, url);
      expect(first.failed, first.printed).toBe(output?.startsWith('error:') ?? false);
      if (output === undefined) return;
      // A look may come before the first sample; a write is made once.
      const looks = /stats|load_check|settings get/.test(command);
      const printed = async () => formOf(looks ? (await run(command, url)).printed : first.printed);
      await expect.poll(printed).toBe(formOf(output));
    },
  );
});

it('no other document shows an answer', () => {
  const shown = findExamples(REPOSITORY).filter(
    ({ command, output }) => output !== undefined && !NOT_RUN.test(command),
  );
  expect([...new Set(shown.map(({ file }) => file))]).toEqual(WITH_ANSWERS);
});
