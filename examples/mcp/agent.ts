import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

/** A call of a tool. */
export interface Step {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What a tool answered; a failure is an answer, too. */
export interface Seen extends Step {
  readonly failed: boolean;
  readonly answer: unknown;
}

/** What thinks: a language model, asked with the tools and with what was seen so far, or rules. */
export type Mind = (
  tools: readonly { readonly name: string; readonly description?: string | undefined }[],
  seen: readonly Seen[],
) => Promise<Step | { readonly done: string }>;

/** Steps after which it gives up. */
const MOST_STEPS = 20;

/** Lets a mind work with the tools of an api over MCP until it says that it is done. Returns what it said. */
export async function runAgent(url: string, mind: Mind): Promise<string> {
  const client = new Client({ name: 'agent', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url)));
  try {
    const { tools } = await client.listTools();
    const seen: Seen[] = [];
    while (seen.length < MOST_STEPS) {
      const next = await mind(tools, seen);
      if ('done' in next) return next.done;
      const { isError, structuredContent, content } = await client.callTool({
        name: next.tool,
        arguments: next.args,
      });
      seen.push({ ...next, failed: isError === true, answer: structuredContent ?? content });
    }
    throw new Error(`not done after ${MOST_STEPS} steps`);
  } finally {
    await client.close();
  }
}
