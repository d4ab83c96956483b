import type { LiveSettings } from './live-settings.js';
import { SETTINGS } from './settings.js';

/** The settings that pause a part, by the part's name. */
const PAUSES = { 'fast-path': 'fastPathPaused', projector: 'projectorPaused' } as const;

/** A part of the deployment that can be paused. */
export type PausablePart = keyof typeof PAUSES;

/** A part that is paused. */
export interface PausedPart {
  readonly part: PausablePart;
  /** Who paused it at run time, and when, in milliseconds since 1970. */
  readonly by?: string;
  readonly at?: number;
}

/** The setting that pauses a part, by its path in the YAML file. */
export function pauseSetting(part: PausablePart): string {
  return SETTINGS[PAUSES[part]].yaml;
}

/** The parts that are paused, by the settings in force. */
export function pausedParts({ current, origins }: Pick<LiveSettings, 'current' | 'origins'>): PausedPart[] {
  return (Object.keys(PAUSES) as PausablePart[])
    .filter((part) => current[PAUSES[part]])
    .map((part) => {
      const origin = origins[PAUSES[part]];
      const { by, at } = origin.source === 'run-time' ? origin : {};
      return { part, ...(by === undefined ? {} : { by }), ...(at === undefined ? {} : { at }) };
    });
}
