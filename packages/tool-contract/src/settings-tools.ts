import { z } from 'zod';
import { BULK_CHANGE, choosing } from './chosen.js';
import { wellFormed } from './fields.js';
import { READS, type ToolHints, tool } from './tool-terms.js';

/** Longest name of a setting, in characters. */
const MAX_NAME = 100;
/** Longest text that a setting may be given, in characters. */
const MAX_TEXT = 10_000;
/** Longest reason of a change, in characters. */
const MAX_REASON = 500;
/** Changes that one call answers with, at most. */
const MAX_CHANGES = 100;

const settingName = z.string().min(1).max(MAX_NAME);
const givenValue = z
  .union([z.string().max(MAX_TEXT), z.number(), z.boolean(), z.array(z.string().max(MAX_TEXT)).max(MAX_TEXT)])
  .nullable();
const shownValue = z
  .union([z.string(), z.number(), z.boolean()])
  .nullable()
  .describe(
    'The value, a list with spaces between its parts, an address without user, password and options; null for none or a hidden one.',
  );

const shownSetting = z.object({
  name: z.string().describe('Dotted path in the YAML file.'),
  environment: z.string().describe('Name of the environment variable.'),
  value: shownValue,
  hidden: z.boolean().describe('Whether there is a value that is not shown.'),
  source: z.enum(['default', 'file', 'environment', 'run-time']).describe('Where the value came from.'),
  by: z.string().optional().describe('Who set it at run time: the name of a token.'),
  at: z.iso.datetime().optional().describe('When it was set at run time.'),
  atRunTime: z.boolean().describe('Whether it may change at run time; if not, a change needs a restart.'),
  meaning: z.string().describe('Meaning and unit.'),
});

const revision = z.int().describe('Number of the last change at run time; 0 before the first.');
/** What a change of settings answers. */
export const changed = z.object({
  success: z.literal(true),
  message: z.string().describe('What was done, in words.'),
  revision: z.int().describe('Number of this change.'),
  timestamp: z.iso.datetime(),
});
/** On what condition settings are changed, and why. */
export const terms = {
  ifRevision: z.int().min(0).nullish().describe('Only over this revision.'),
  reason: wellFormed().max(MAX_REASON).nullish().describe('Why, for the history.'),
};

/** For a tool that changes settings: what was set before is overwritten, though the history keeps it. */
const CONFIGURES: ToolHints = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  openWorldHint: false,
};

/** The tools for the settings, and for changing them while all processes run. */
export function settingsTools() {
  return {
    hybrid_sync_settings: tool({
      title: 'Settings',
      description:
        'Use to see the settings in force in the pod that answers, where each came from, and what it means, without secrets.',
      role: 'read',
      hints: READS,
      input: z.strictObject({
        name: settingName
          .nullish()
          .describe('Only this setting: its path in the YAML file or its variable; absent for all.'),
      }),
      output: z.object({
        revision,
        readAt: z.iso
          .datetime()
          .nullable()
          .describe(
            'When the pod last read what is set at run time; while Redis is away, the last known values stay. Null before the first time.',
          ),
        settings: z.array(shownSetting),
        timestamp: z.iso.datetime(),
      }),
    }),
    hybrid_sync_settings_set: tool({
      title: 'Change settings at run time',
      description:
        'Use to change settings of the whole deployment without a restart, within a second everywhere. All are changed, or none.',
      role: 'admin',
      hints: CONFIGURES,
      input: z.strictObject({
        settings: z
          .record(settingName, givenValue)
          .refine((settings) => Object.keys(settings).length > 0, 'must name a setting')
          .describe(
            'Values by path in the YAML file or by variable, like {"app.sync.mode": "hybrid"}; null for the value of the start.',
          ),
        ...terms,
      }),
      output: changed,
    }),
    hybrid_sync_settings_reset: tool({
      title: 'Reset settings',
      description:
        'Use to take settings back to their values of the start. Without apply a dry run shows which are set at run time.',
      role: 'admin',
      hints: CONFIGURES,
      input: choosing(
        z.strictObject({
          names: z
            .array(settingName)
            .min(1)
            .max(MAX_NAME)
            .nullish()
            .describe('Which, by path in the YAML file or by variable.'),
          ...BULK_CHANGE,
          ...terms,
        }),
        ['names'],
      ),
      output: changed.extend({
        applied: z.boolean().describe('False for a dry run.'),
        revision: revision.describe('Number of this change; after a dry run, of the last one.'),
        settings: z
          .array(z.object({ name: z.string().describe('Dotted path in the YAML file.'), value: shownValue }))
          .describe('Those that were set at run time, with what they were set to.'),
      }),
    }),
    hybrid_sync_settings_history: tool({
      title: 'Changes of settings',
      description:
        'Use to see who changed which settings at run time, when and why: the last 1000 changes, newest first.',
      role: 'read',
      hints: READS,
      input: z.strictObject({
        limit: z.int().min(1).max(MAX_CHANGES).default(20).describe(`How many at most, 1 to ${MAX_CHANGES}.`),
        cursor: z
          .string()
          .regex(/^\d{1,16}-\d{1,16}$/, 'must be a cursor from the page before')
          .nullish()
          .describe('Of the page before.'),
      }),
      output: z.object({
        revision,
        changes: z.array(
          z.object({
            revision: z.int().nullable().describe('Null, like the next two, where the entry does not tell.'),
            at: z.iso.datetime().nullable(),
            by: z.string().nullable().describe('The name of a token, "local" where there are none.'),
            reason: z.string().nullable(),
            settings: z
              .array(z.object({ name: z.string(), before: shownValue, after: shownValue }))
              .describe('What was set at run time before and after; null for the value of the start.'),
          }),
        ),
        cursor: z.string().nullable().describe('Give it back for the next page; null after the last.'),
        timestamp: z.iso.datetime(),
      }),
    }),
  };
}
