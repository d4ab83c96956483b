import { z } from 'zod';
import type { Resource } from '../mcp/resources.js';
import { checkArguments, type Tool } from '../tools/tool.js';

/** A tool that the conformance suite calls by its name; its answer is `answer`'s. */
function fixture(name: string, input: z.ZodObject, answer: () => Record<string, unknown>): Tool {
  return {
    name,
    title: name,
    description: 'A fixture of the MCP conformance suite.',
    role: 'read',
    hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    input,
    output: z.object({ text: z.string() }),
    call: async (args) => {
      checkArguments(input, args);
      return answer();
    },
  };
}

const address = z.object({ street: z.string(), city: z.string() }).meta({ id: 'address' });

/** The tools that some scenarios of the suite ask a server for. */
export const FIXTURE_TOOLS: ReadonlyMap<string, Tool> = new Map(
  [
    fixture('test_simple_text', z.strictObject({}), () => ({
      text: 'This is a simple text response for testing.',
    })),
    fixture('test_error_handling', z.strictObject({}), () => {
      throw new Error('This tool intentionally returns an error for testing');
    }),
    fixture('json_schema_2020_12_tool', z.strictObject({ name: z.string(), address }), () => ({ text: '' })),
  ].map((tool) => [tool.name, tool]),
);

/** The resource that a scenario of the suite asks for. */
export const FIXTURE_RESOURCES: readonly Resource[] = [
  {
    uri: 'test://static-text',
    name: 'static-text',
    title: 'Static text',
    description: 'A fixture of the MCP conformance suite.',
    tool: 'test_simple_text',
  },
];
