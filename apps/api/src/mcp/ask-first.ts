import { createHash } from 'node:crypto';
import {
  acceptedContent,
  type ClientCapabilities,
  createRequestStateCodec,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Tool } from '../tools/tool.js';
import type { Question } from './questions.js';
import { callerName } from './tool-caller.js';

/** The name of the question in a request and in its answer. */
const KEY = 'confirm';
const answer = z.object({ confirm: z.boolean() });
const form = {
  type: 'object' as const,
  properties: { confirm: { type: 'boolean' as const, title: 'Do it' } },
  required: ['confirm'],
};

/** What was asked: the call, by its digest. */
interface Asked {
  readonly call: string;
}

/** The user was asked, and did not agree. */
export class NotConfirmedError extends Error {
  readonly code = 'NOT_CONFIRMED';
}

/**
 * Asks the user, where the client can, before a tool changes much at once; with what would happen, which a dry run tells:
 *
 *   call ─▶ dry run ─▶ question, with the signed digest of caller and call ─▶ the same call again, with digest and answer
 *
 * No pod remembers a question: any of them can take the answer. Changed arguments, another caller or ten minutes make it
 * one to nothing, and the new call is asked about anew, or refused.
 */
export class AskFirst {
  /** How the SDK verifies what comes back, before a tool is called. */
  readonly requestState = {
    verify: async (state: string, context: ServerContext) => (await this.#codec()).verify(state, context),
  };
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #secret: () => Promise<string>;
  readonly #questions: Readonly<Record<string, Question>>;

  /** `secret`: the deployment's, of at least 32 bytes. */
  constructor(
    tools: ReadonlyMap<string, Tool>,
    secret: () => Promise<string>,
    questions: Readonly<Record<string, Question>>,
  ) {
    this.#tools = tools;
    this.#secret = secret;
    this.#questions = questions;
  }

  /**
   * What to answer a call with instead of running its tool; `client`: what the client says that it can. Undefined where there is nothing to ask, the client can't be
   * asked, or the user has agreed.
   * @throws NotConfirmedError when the user has not; what the dry run throws
   */
  async question(
    name: string,
    args: Record<string, unknown> = {},
    context: ServerContext,
    client: ClientCapabilities = {},
  ): Promise<InputRequiredResult | undefined> {
    const question = this.#questionOf(name);
    const { mcpReq } = context;
    if (question === undefined || !question.isDue(args) || !canBeAsked(client)) return undefined;
    const call = digestOf(name, args);
    if (
      mcpReq.requestState<Asked>()?.call === call &&
      inputResponse(mcpReq.inputResponses, KEY).kind === 'elicit'
    ) {
      if (acceptedContent(mcpReq.inputResponses, KEY, answer)?.confirm === true) return undefined;
      throw new NotConfirmedError('nobody agreed to it; nothing was changed');
    }
    const look = question.look(args);
    const shown = await this.#tools
      .get(look.tool)
      ?.call(look.args, { by: callerName(context.http?.authInfo), gone: () => mcpReq.signal });
    const message = question.words(shown ?? {}, args);
    const codec = await this.#codec();
    return inputRequired({
      inputRequests: { [KEY]: inputRequired.elicit({ message, requestedSchema: form }) },
      requestState: await codec.mint({ call }, context),
    });
  }

  /** Whether there is something to ask before this tool. */
  isAbout(name: string): boolean {
    return this.#questionOf(name) !== undefined;
  }

  #questionOf(name: string): Question | undefined {
    return Object.hasOwn(this.#questions, name) ? this.#questions[name] : undefined;
  }

  /** Made anew each time, as Redis may have lost the secret meanwhile. */
  async #codec(): Promise<RequestStateCodec<Asked>> {
    const key = await this.#secret();
    return createRequestStateCodec<Asked>({ key, bind: ({ http }) => callerName(http?.authInfo) });
  }
}

/** Whether the client says of itself that it can put a form to its user. */
function canBeAsked({ elicitation }: ClientCapabilities): boolean {
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

function digestOf(name: string, args: Record<string, unknown>): string {
  const sorted = Object.entries(args).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([name, sorted]))
    .digest('base64');
}
