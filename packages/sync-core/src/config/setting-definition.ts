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
}

/** Makes a {@link SettingDefinition}, with the type of its schema. */
export const setting = <Schema extends z.ZodType>(
  yaml: string,
  env: string,
  schema: Schema,
  value: z.input<Schema> | undefined,
  doc: string,
): SettingDefinition<Schema> => ({ schema, default: value, yaml, env, doc });
