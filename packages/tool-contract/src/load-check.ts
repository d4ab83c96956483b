import { z } from 'zod';

/** What `hybrid_sync_load_check` answers: the guide's `isHighLoad` and `recommendation`, and why. */
export const loadCheck = z.object({
  troubles: z
    .array(
      z.object({
        name: z
          .string()
          .describe('WRITES_FAIL, DRAINS_FAIL, NOT_DRAINED, REDIS_UNREACHABLE, QUEUE_PAUSED, PART_PAUSED, …'),
        severity: z.enum(['bad', 'warning']),
        message: z.string().describe('What is the matter, and what to do.'),
        projector: z
          .string()
          .optional()
          .describe("Whose trouble it is, where it is not the pod's that answers."),
      }),
    )
    .describe(
      'What keeps writes of this pod or drains of the projectors from succeeding, the worst first; empty where they succeed.',
    ),
  isHighLoad: z.boolean(),
  load: z
    .enum(['normal', 'high', 'unknown'])
    .describe(
      'What is known of load: unknown without a recent sample, when the circuit breakers alone decide.',
    ),
  recommendation: z.string(),
  indicators: z.array(
    z.object({
      name: z
        .string()
        .describe(
          'threadPoolSaturated: busy workers; queueWaiting: batches that wait, once the oldest of them did so at the sample before; eventBacklog: events that wait.',
        ),
      value: z.number().describe('What was seen, of the whole deployment.'),
      threshold: z.number().describe('Load is high when the value reaches this; exceeded says that it does.'),
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
