import { z } from 'zod';
import { changed, terms } from './settings-tools.js';
import { KEEPS, tool } from './tool-terms.js';

const part = z.enum(['fast-path', 'projector']);

/** What is paused. */
export const pausedNow = z
  .array(
    z.object({
      part,
      by: z.string().optional().describe('Who paused it: the name of a token. Absent where a file did.'),
      at: z.iso.datetime().optional().describe('When.'),
    }),
  )
  .describe('What is paused now.');

/** The tool that pauses and resumes parts of the deployment. */
export function pauseTool() {
  return {
    hybrid_sync_pause: tool({
      title: 'Pause or resume a part',
      description:
        'Use to pause the fast path (writes take the outbox) or the projectors (events wait), and to resume them, everywhere.',
      role: 'admin',
      hints: KEEPS,
      input: z.strictObject({
        part: part.describe('What to pause.'),
        paused: z.boolean().describe('false: resume it.'),
        ...terms,
      }),
      output: changed.extend({ paused: pausedNow }),
    }),
  };
}
