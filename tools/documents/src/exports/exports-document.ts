import { fileURLToPath } from 'node:url';
import { readEntries } from './read-exports.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

/** The document that {@link exportsDocument} is. */
export const EXPORTS = fileURLToPath(new URL('../../../../docs/exports.md', import.meta.url));

/** For whom an entry is that applications import; all others are for the workspaces of this repository. */
export const FOR_APPLICATIONS: Readonly<Record<string, string>> = {
  '@hybrid-sync/client': 'for applications that call an api',
  '@hybrid-sync/keyv': 'for applications that use Keyv or cacheable',
  '@hybrid-sync/sync-core/embedded': 'for applications that hold the synchronization in themselves',
  '@hybrid-sync/sync-core/reconcile': 'for operators who look after a deployment with a program of their own',
  '@hybrid-sync/sync-core/testing': 'for the tests of those who build on it',
};

const HEAD = `# What the packages export

\`npm run documents\` writes this page from the code, so every name that is added or removed changes this page.

The first part is for applications. It has functions, classes, the types of what they take and give, and the errors that they
throw, so that a caller can name them. If a name is removed, the [changelog](../CHANGELOG.md) says so. The second part is what
the workspaces of this repository use of each other. It has only names that a workspace, an example or a document imports, and
may change with any release.
`;

/** The page of all names that can be imported from a published package, as Markdown. */
export function exportsDocument(): string {
  const entries = readEntries(REPOSITORY).filter(({ published }) => published);
  const section = ({ specifier, values, types }: (typeof entries)[number]) => {
    const lines = [
      ...(FOR_APPLICATIONS[specifier] === undefined ? [] : [`- ${FOR_APPLICATIONS[specifier]}`]),
      ...(values.length === 0 ? [] : [`- values: ${listed(values)}`]),
      ...(types.length === 0 ? [] : [`- types: ${listed(types)}`]),
    ];
    return `### \`${specifier}\`\n\n${lines.join('\n')}\n`;
  };
  const part = (title: string, forApplications: boolean) =>
    [
      `## ${title}\n`,
      ...entries
        .filter(({ specifier }) => specifier in FOR_APPLICATIONS === forApplications)
        .sort((a, b) => (a.specifier < b.specifier ? -1 : 1))
        .map(section),
    ].join('\n');
  return [HEAD, part('For applications', true), part('For the workspaces', false)].join('\n');
}

const listed = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
