import { z } from 'zod';

/** What `hybrid_sync_load_check` answers: the guide's `isHighLoad` and `recommendation`, and why. */
export const loadCheck = z.object({
  isHighLoad: z.boolean(),
  load: z
    .enum(['normal', 'high', 'unknown'])
    .describe(
      'What is known of load: unknown without a recent sample, when the circuit breakers alone decide.',
    ),
  recommendation: z.string(),
  indicators: z.array(
    z.object({
      name: z.string(),
      value: z.number().describe('What was seen, of the whole deployment.'),
      threshold: z.number().describe('Load is high when the value reaches this.'),
      exceeded: z.boolean(),
    }),
  ),
  pods: z.int().nullable().describe('Live pods whose workers the last sample counts; null before the first.'),
  sampleAgeMs: z
    .number()
    .nullable()
    .describe('Age of the last load sample in milliseconds; null before the first.'),
  timestamp: z.iso.datetime(),
});
