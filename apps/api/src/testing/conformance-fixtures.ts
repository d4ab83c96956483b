import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Prompt } from '../mcp/prompts.js';
import type { Question } from '../mcp/questions.js';
import type { Resource, ResourceTemplate } from '../mcp/resources.js';
import { checkArguments, type OnProgress, type Tool } from '../tools/tool.js';

/** A tool that the conformance suite calls by its name; its answer is `answer`'s. */
function fixture(
  name: string,
  input: z.ZodObject,
  answer: (args: Record<string, unknown>, onProgress?: OnProgress) => object | Promise<object>,
): Tool {
  return {
    name,
    title: name,
    description: 'A fixture of the MCP conformance suite.',
    role: 'read',
    hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    input,
    output: z.object({ text: z.string() }),
    call: async (args, { onProgress }) => ({
      ...(await answer(checkArguments(input, args), onProgress)),
    }),
  };
}

/** Longer than the least time between two notifications of progress, in milliseconds. */
const PROGRESS_MS = 600;
/** Tools that ask before they do something. */
const ASKING = ['test_input_required_result_elicitation', 'test_input_required_result_tampered_state'];
/** What they ask. */
export const FIXTURE_QUESTIONS: Readonly<Record<string, Question>> = Object.fromEntries(
  ASKING.map((name) => [
    name,
    { isDue: () => true, look: (args) => ({ tool: 'test_simple_text', args }), words: () => 'Do it?' },
  ]),
);

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
    fixture('test_tool_with_progress', z.strictObject({}), async (_, onProgress) => {
      for (const done of [0, 50, 100]) {
        onProgress?.({ done, total: 100, message: `${done} of 100` });
        await sleep(PROGRESS_MS);
      }
      return { text: 'done' };
    }),
    fixture('test_template', z.strictObject({ key: z.string() }), ({ key }) => ({
      text: `Data for ID: ${key}`,
    })),
    ...ASKING.map((name) => fixture(name, z.strictObject({}), () => ({ text: 'state-ok' }))),
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

/** The template that a scenario reads. */
export const FIXTURE_TEMPLATES: readonly ResourceTemplate[] = [
  {
    uriTemplate: 'test://template/{key}/data',
    name: 'template',
    title: 'Template',
    description: 'A fixture of the MCP conformance suite.',
    tool: 'test_template',
  },
];

const prompt = (name: string, args: string[], text: Prompt['text']): Prompt => ({
  name,
  title: name,
  description: 'A fixture of the MCP conformance suite.',
  arguments: args.map((arg) => ({ name: arg, description: arg })),
  text,
});

/** The prompts that scenarios ask for. */
export const FIXTURE_PROMPTS: readonly Prompt[] = [
  prompt('test_simple_prompt', [], () => 'This is a simple prompt for testing.'),
  prompt(
    'test_prompt_with_arguments',
    ['arg1', 'arg2'],
    ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
  ),
];
