import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** The folder of the repository. */
export const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
/** What the documents leave to the reader's shell; jq only as far as they use it: one path. */
const SHELL = `
set -o pipefail
curl() { "$CURL" "$@"; }
npx() { "$@"; }
redis-cli() { command "$(command -v redis-cli || command -v valkey-cli)" -u "$REDIS_URL" "$@"; }
hybrid-sync() { node apps/cli/bin/hybrid-sync.js "$@"; }
jq() { node -e '
  let text = "";
  process.stdin.on("data", (part) => { text += part; }).on("end", () => {
    const found = process.argv[1].split(".").slice(1).reduce((value, name) => value[name], JSON.parse(text));
    console.log(JSON.stringify(found, null, 2));
  });' "$1"; }
`;

/** Where a documented command finds what it needs. */
export interface DocumentedPlaces {
  /** Of the api. */
  readonly url: string;
  /** Program; undefined where no command uses it. */
  readonly curl?: string;
  /** URL, for redis-cli; undefined where no command uses it. */
  readonly redis?: string;
}

/** What a command of a document prints, errors too. */
export async function runDocumented(
  command: string,
  { url, curl = '', redis = '' }: DocumentedPlaces,
): Promise<{ failed: boolean; printed: string }> {
  const { exitCode, all } = await execa(
    'bash',
    ['-c', `${SHELL}${command.replaceAll('http://localhost:8080', url)}`],
    {
      cwd: REPOSITORY,
      env: { HYBRID_SYNC_URL: url, CURL: curl, REDIS_URL: redis },
      all: true,
      reject: false,
    },
  );
  return { failed: exitCode !== 0, printed: all.trimEnd() };
}

/** An answer without what differs from run to run, the width of tables included. */
export function formOf(printed: string): string {
  return printed
    .trimEnd()
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]{12}Z/g, '<a time>')
    .replaceAll(/\b\d{16}\b/g, '<a version>')
    .replaceAll(/"id": "[\w-]+-\d+-\w{6}"/g, '"id": "<a process>"')
    .replaceAll(/("(?:sampleA|a)geMs": )\d+/g, '$1<an age>')
    .replaceAll(/─+/g, '─')
    .replaceAll(/ +│/g, ' │');
}
