import type { z } from 'zod';

/** One setting: its schema, its default, where YAML and the environment may name it, and what it means. */
export interface SettingDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  readonly default: unknown;
  /** Dotted path in the YAML file. */
  readonly yaml: string;
  /** Name of the environment variable. */
  readonly env: string;
  /** Meaning and unit, for people. */
  readonly doc: string;
  /** Whether it may change while processes run; if not, a change needs their restart. */
  readonly atRunTime: boolean;
}

const definer =
  (atRunTime: boolean) =>
  <Schema extends z.ZodType>(
    yaml: string,
    env: string,
    schema: Schema,
    value: z.input<Schema> | undefined,
    doc: string,
  ): SettingDefinition<Schema> => ({ schema, default: value, yaml, env, doc, atRunTime });

/** Makes a {@link SettingDefinition}, with the type of its schema, of a setting that is fixed at the start. */
export const setting = definer(false);

/** Makes one of a setting that may change while processes run. Whatever holds its value must follow `LiveSettings`. */
export const liveSetting = definer(true);
