import { describe, expect, it } from 'vitest';
import {
  CacheUnavailableError,
  HTTP_STATUS_OF,
  HybridSyncError,
  InvalidInputError,
  JournalFullError,
  NotCachedError,
  NotReadyError,
  NotReplicatedError,
  PreconditionFailedError,
  RevisionConflictError,
  reasonOf,
  StoreUnavailableError,
  TooManyWaitsError,
} from './errors.js';
import {
  ConfigurationError,
  DatabaseRefusedError,
  IndexConflictError,
  LayoutMismatchError,
} from './permanent-errors.js';

const EVERY_ERROR: HybridSyncError[] = [
  new InvalidInputError('key', 'is empty'),
  new RevisionConflictError(7),
  new NotCachedError({ state: 'live', version: 7 }),
  new PreconditionFailedError(7),
  new JournalFullError(3, 20_000),
  new CacheUnavailableError('setting a pair', new Error('away')),
  new StoreUnavailableError('looking at a shadow', new Error('away')),
  new NotReplicatedError(7, 0, 1),
  new TooManyWaitsError(1000),
  new NotReadyError('starting'),
  new LayoutMismatchError('other slots'),
  new DatabaseRefusedError('shadows', 'it has another namespace'),
  new IndexConflictError('outbox', 'waiting_in_slot'),
  new ConfigurationError(['PORT: too large']),
];

describe('the errors of the system', () => {
  it('have a code each, and every code has an error and an HTTP status', () => {
    expect(EVERY_ERROR.map(({ code }) => code).sort()).toEqual(Object.keys(HTTP_STATUS_OF).sort());
    for (const { code } of EVERY_ERROR) expect([400, 409, 412, 500, 503]).toContain(HTTP_STATUS_OF[code]);
  });

  it.each(EVERY_ERROR.map((error) => ({ error, name: error.constructor.name })))(
    '$name is told apart by its name',
    ({ error, name }) => {
      expect(error).toBeInstanceOf(HybridSyncError);
      expect(error.name).toBe(name);
      expect(String(error)).toBe(`${name}: ${error.message}`);
    },
  );

  it('tell of what Redis said no more than its code and what that means', () => {
    const reply = new Error(
      'OOM command not allowed when used memory > maxmemory. script: 4f2a, on @user_script:53.',
    );
    reply.name = 'ReplyError';
    expect(new CacheUnavailableError('setting a pair', reply).message).toBe(
      'Redis refused while setting a pair: OOM, it is at its memory limit',
    );
  });

  it("are the client's fault in four cases only", () => {
    const clientsFault = EVERY_ERROR.filter(({ code }) => HTTP_STATUS_OF[code] < 500);
    expect(clientsFault.map(({ code }) => code)).toEqual([
      'INVALID_INPUT',
      'REVISION_CONFLICT',
      'NOT_CACHED',
      'PRECONDITION_FAILED',
    ]);
  });

  it('say what is needed to act: which input, which slot, what was done, every fault', () => {
    expect(EVERY_ERROR.map(({ message }) => message)).toEqual([
      'key: is empty',
      'the settings are at revision 7 now; nothing was changed: look at them and try again',
      'the cache does not hold this key, so nothing was synced and nothing changed; the shadow store holds the pair, ' +
        'at version 7. To bring back what the shadow store holds: restore_cache, or force_sync_repair of this key; ' +
        'to delete it on both sides: hybrid_sync_delete or kv_del',
      'the cache has version 7 of the key; nothing was written',
      'the journal of slot 3 is full (20000 mutations, or as many bytes as it may hold, wait for MongoDB); nothing was written',
      'Redis did not answer while setting a pair',
      'MongoDB did not answer while looking at a shadow: away',
      "the write is made, as version 7, but MongoDB does not have it, and of Redis' replicas 0 instead of 1: if Redis fails over now it is lost",
      '1000 callers wait for shadows already; ask again later, or without waiting',
      'starting',
      'other slots',
      `the database "shadows" of MONGODB_URL is not this deployment's: it has another namespace; set MONGODB_URL to a database of its own (see "Whose database it is" in docs/operations.md)`,
      'the index "waiting_in_slot" of outbox in MongoDB is not the one that this service makes under that name; drop it, and it is made anew',
      'the configuration has a fault:\n  PORT: too large',
    ]);
    expect(new PreconditionFailedError(undefined).message).toBe(
      'the cache has no such key; nothing was written',
    );
    expect(new ConfigurationError(['a', 'b']).message).toBe('the configuration has faults:\n  a\n  b');
  });
});

describe('the reason of a failure', () => {
  it.each([
    ["an error's message", new Error('away'), 'away'],
    ["an error's name, when it has no message", new TypeError(), 'TypeError'],
    ['what was thrown, when that is no error', 'thrown text', 'thrown text'],
    ['also of nothing', undefined, 'undefined'],
    [
      'each reason once, when Node tried several addresses',
      new AggregateError([
        new Error('refused ::1'),
        new Error('refused 127.0.0.1'),
        new Error('refused ::1'),
      ]),
      'refused ::1, refused 127.0.0.1',
    ],
    [
      "an aggregate's own message, if it has one",
      new AggregateError([new Error('a')], 'all failed'),
      'all failed',
    ],
    [
      'the reasons in an aggregate in an aggregate',
      new AggregateError([new AggregateError([new Error('a')]), new Error('b')]),
      'a, b',
    ],
  ])('is %s', (_, error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });

  it('is cut: an error of a store may quote what it was given', () => {
    const secret = `${'x'.repeat(200)}secret`;
    expect(reasonOf(new Error(secret))).toBe('x'.repeat(200));
    expect(reasonOf(secret)).toBe('x'.repeat(200));
    const many = Array.from({ length: 9 }, (_, index) => new Error(`${index}${'y'.repeat(99)}`));
    expect(reasonOf(new AggregateError(many))).toHaveLength(200);
  });
});
