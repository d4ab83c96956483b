import { fileURLToPath } from 'node:url';
import { commandName, OPERATIONS, type ToolName, toolContract } from '@hybrid-sync/tool-contract';
import { z } from 'zod';

/** The document that {@link reference} is. */
export const REFERENCE = fileURLToPath(new URL('../../../../docs/reference.md', import.meta.url));

/** What the reference needs of a JSON schema. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
}

const TAGS = {
  pairs: 'Pairs',
  sync: 'Synchronization',
} as const;

const HEAD = `# Reference

Every tool, from its terms in [tool-contract](../packages/tool-contract); \`npm run documents\` writes this page. A tool is the
same over MCP (\`tools/call\`), over HTTP and on the command line: the same arguments, the same answer, the same errors
([their codes](errors.md)). \`/openapi.json\` has the answers field by field with examples, at \`/docs\` you can try them, and
\`npx hybrid-sync help set\` shows the same in a terminal.

- Arguments that are not in the path are in the query of a GET or DELETE, otherwise in the body, which is JSON. \`ifVersion\`
  and \`ifAbsent\` are the headers \`If-Match\` and \`If-None-Match\`; \`answer: "journaled"\` is \`Prefer: respond-async\`.
- On the command line they are words: \`npx hybrid-sync set key=greeting value=hello\`.
- The largest sizes are in [limits over HTTP](http-limits.md). The role is the lowest one that a token needs, if there are
  tokens.
`;

/** The page of all tools, as Markdown. */
export function reference(): string {
  const contract = toolContract();
  const names = Object.keys(contract) as ToolName[];
  const parts = Object.entries(TAGS).map(([tag, title]) => {
    const ofTag = names.filter((name) => OPERATIONS[name].tag === tag);
    return `## ${title}\n\n${ofTag.map((name) => section(name, contract[name])).join('\n')}`;
  });
  return `${HEAD}\n${parts.join('\n')}`;
}

type Terms = ReturnType<typeof toolContract>[ToolName];

function section(name: ToolName, { title, description, role, input }: Terms): string {
  const { method, path } = OPERATIONS[name];
  const schema = z.toJSONSchema(input as z.ZodObject, { io: 'input' }) as Schema;
  const rows = Object.entries(schema.properties ?? {}).map(([argument, of]) =>
    row(argument, of, schema.required?.includes(argument) ?? false),
  );
  const table =
    rows.length === 0
      ? 'It takes no arguments.'
      : `| argument | | |\n| --- | --- | --- |\n${rows.join('\n')}`;
  return `### ${name}

${title}: \`${method} ${path}\`, \`hybrid-sync ${commandName(name)}\`, role \`${role}\`. ${description}

${table}
`;
}

function row(argument: string, schema: Schema, isRequired: boolean): string {
  const otherwise =
    schema.default === undefined || schema.default === '' ? '' : `, ${String(schema.default)} unless given`;
  const needed = isRequired ? ', required' : otherwise;
  return `| \`${argument}\` | ${kindOf(schema)}${needed} | ${inCell(schema.description ?? '')} |`;
}

/** In words, what JSON type a value is of; `null`, which counts as absent, is left out. */
function kindOf({ type, const: only, enum: choices, anyOf, oneOf, items, properties }: Schema): string {
  const several = anyOf ?? oneOf;
  if (several !== undefined)
    return [...new Set(several.map(kindOf).filter((kind) => kind !== ''))].join(' or ');
  const values = only === undefined ? choices : [only];
  if (values !== undefined) return values.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (items !== undefined) return `list of ${kindOf(items)}`;
  if (properties !== undefined) return `{ ${Object.keys(properties).join(', ')} }`;
  return [type ?? 'any']
    .flat()
    .filter((each) => each !== 'null')
    .join(' or ');
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
