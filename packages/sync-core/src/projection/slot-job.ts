import { z } from 'zod';
import { JOB_LAYOUT } from '../fast-path/job-layout.js';

/** What a projection job carries. */
export interface SlotJob {
  readonly layout?: typeof JOB_LAYOUT | undefined;
  readonly slot: number;
}

/** What a {@link SlotJob} has to be like, with so many slots. */
export function slotJob(slots: number): z.ZodType<SlotJob> {
  return z.object({
    layout: z.literal(JOB_LAYOUT).optional(),
    slot: z
      .int()
      .min(0)
      .max(slots - 1),
  });
}
