import { z } from 'zod';
import type { Living } from './living.js';
import { type Failure, failure } from './pod-word.js';

/** What a projector says of itself. */
export interface ProjectorWord {
  /** Slots it has in hand. */
  readonly draining: number;
  /** Slots it drains at the same time, at most. */
  readonly maxDrains: number;
  /** What its drains fail of, and for how long, in milliseconds; null while they succeed, or would. */
  readonly failing: Failure | null;
  /** Mutations that it brings to the shadows per second; a projector of a former version does not say. */
  readonly projectedPerSec?: number | undefined;
}

/** A projector that lives. */
export type LiveProjector = Living<ProjectorWord>;

/** What a {@link ProjectorWord} has to be like. */
export const projectorWord: z.ZodType<ProjectorWord> = z.object({
  draining: z.int().min(0),
  maxDrains: z.int().min(0),
  failing: failure.nullable(),
  projectedPerSec: z.number().min(0).optional(),
});

/** A projector that has not spoken for so long is dead, in milliseconds. */
export const PROJECTOR_SILENT_MS = 6000;
