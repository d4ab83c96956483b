import { z } from 'zod';

/** What a tool takes that changes much at once: `apply` makes it more than a dry run, `all` stands for no filter. */
export const BULK_CHANGE = {
  apply: z.boolean().default(false).describe('False: a dry run.'),
  all: z.boolean().nullish().describe('true: all; needed where nothing else says which.'),
};

/**
 * The schema, so that a call names what it is for: by one of `filters`, or by `all: true`, and not by both. Nobody
 * selects everything by leaving something out.
 */
export function choosing<Input extends z.ZodObject>(input: Input, filters: readonly string[]): Input {
  const chosen = input.superRefine((args, context) => {
    const filtered = filters.some((name) => args[name] !== undefined && args[name] !== null);
    const say = (message: string) => context.addIssue({ code: 'custom', path: ['all'], message });
    if (args.all === true && filtered) say(`can't stand beside ${filters.join(', ')}`);
    if (args.all !== true && !filtered) say(`must be true unless there is one of ${filters.join(', ')}`);
  });
  // All of the rule that its JSON Schema can say in few words.
  return chosen.meta({ minProperties: 1 });
}
