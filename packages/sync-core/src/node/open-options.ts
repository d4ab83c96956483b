import { inPlainWords } from '@hybrid-sync/input-faults';
import type { Redis } from 'ioredis';
import type { MongoClient } from 'mongodb';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { GivenSettings } from '../config/given-settings.js';
import { ConfigurationError } from '../permanent-errors.js';

/** What an application does: writes and reads pairs, as an api pod does; applies what waits, as a projector does. */
export type EmbeddedRole = 'write' | 'project';

/** What `openHybridSync` takes. */
export interface OpenOptions {
  /** A URL, or a connection of the application: others are opened to where it leads, and it is left alone. */
  readonly redis: string | Redis;
  /**
   * A URL, or a client of the application, which is used and not closed. Its database is the one that its URL names; its
   * time limits are its own, and a write may wait for them while MongoDB is away.
   */
  readonly mongodb: string | MongoClient;
  /** By name, as docs/operations.md lists them; the defaults unless given. No environment is read. */
  readonly settings?: Omit<GivenSettings, 'redisUrl' | 'mongodbUrl'> | undefined;
  /** Both unless given. Some process of a deployment has to project. */
  readonly roles?: readonly EmbeddedRole[] | undefined;
  /** Nothing is logged unless given. */
  readonly log?: Logger | undefined;
  /** Where metrics go; nowhere that can be seen unless given. One registry is for one opening. */
  readonly registry?: Registry | undefined;
  /** How long Redis and MongoDB may take until they can be used, in milliseconds; 30 000 unless given. */
  readonly readyWithinMs?: number | undefined;
}

/** An object with these members; of which copy of its package it is does not matter. */
const having = (...names: readonly string[]) =>
  z.custom<object>(
    (given) => typeof given === 'object' && given !== null && names.every((name) => name in given),
  );

const OPTIONS = z.strictObject(
  {
    redis: z.union(
      // A client of a cluster does not say where it leads.
      [
        z.string(),
        having('duplicate', 'options').refine((given) => !('isCluster' in given && given.isCluster)),
      ],
      'must be a URL, or a connection of ioredis that is no cluster',
    ),
    mongodb: z.union([z.string(), having('db', 'options')], 'must be a URL, or a MongoClient'),
    settings: z.looseObject({}).optional(),
    roles: z
      .array(z.enum(['write', 'project']))
      .min(1)
      .optional(),
    log: having('info', 'child').optional(),
    registry: having('registerMetric').optional(),
    readyWithinMs: z
      .number()
      .min(1)
      .max(2 ** 31 - 1)
      .optional(),
  },
  { error: ({ code }) => (code === 'invalid_type' ? 'must be an object' : undefined) },
);

/** Looks at options before anything is opened by them. @throws ConfigurationError naming each one at fault */
export function checkOptions(options: unknown): void {
  const { error } = OPTIONS.safeParse(options, { error: inPlainWords });
  if (error === undefined) return;
  throw new ConfigurationError(
    error.issues.map((issue) => {
      if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')}: not an option`;
      const [name = 'options'] = issue.path;
      return `${String(name)}: ${name === 'roles' ? 'must hold "write", "project" or both' : issue.message}`;
    }),
  );
}
