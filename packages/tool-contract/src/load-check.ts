import { z } from 'zod';

/** What `hybrid_sync_load_check` answers: the guide's `isHighLoad` and `recommendation`, and why. */
export const loadCheck = z.object({
  isHighLoad: z.boolean(),
  recommendation: z.string(),
  indicators: z.array(
    z.object({
      name: z.string(),
      value: z.number(),
      threshold: z.number().describe('Load is high when the value reaches this.'),
      exceeded: z.boolean(),
    }),
  ),
  sampleAgeMs: z
    .number()
    .nullable()
    .describe('Age of the last load sample in milliseconds; null before the first.'),
  timestamp: z.iso.datetime(),
});
