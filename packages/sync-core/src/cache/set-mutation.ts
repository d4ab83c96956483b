import { expiryOf } from '../expiry.js';
import type { Mutation } from '../mutation.js';
import type { CommitReply } from '../redis/scripts.js';
import type { Change } from './change.js';
import type { Committing, Mutated } from './commits.js';
import type { Expiry, SetIfInput } from './write-inputs.js';

/** A set as the change that is asked for. */
export function setChange(input: SetIfInput): Change {
  const { key, value, onlyIf, keepExpiry, returnOld: old } = input;
  const options = onlyIf || keepExpiry || old ? { onlyIf, keepExpiry, old } : undefined;
  const { ttlSec, expireAt } = keepExpiry ? NO_FIELDS : expiryFields(input);
  return { op: 'set', key, value, ttlSec, expireAt, options };
}

/** The mutation that came of a set. */
export function madeSet({ made, reply, standing }: Made, input: SetIfInput): Mutation {
  const ttlSec = input.keepExpiry ? undefined : ttlSecOf(input);
  if (standing === undefined) return asSet(made, reply, input.value, ttlSec);
  // The reply is that of the one that stands for it.
  const at =
    ttlSec === undefined ? expiryFields(input).expireAt : Number(reply[3]) + Math.round(ttlSec * 1000);
  const { key, slot, sessionId, interactionId } = made;
  const { asked, value, ttlSec: itsTtlSec } = standing;
  return {
    key,
    slot,
    version: made.version,
    op: 'set',
    value: input.value,
    expireAt: expiryOf(at),
    ttlSec,
    sessionId,
    interactionId,
    standing: asSet(
      {
        key,
        slot,
        version: Number(reply[0]),
        sessionId: asked.sessionId,
        interactionId: asked.interactionId,
      },
      reply,
      value.toString(),
      Number(itsTtlSec) || undefined,
    ),
  };
}

/** `value`: what is there now, where the reply does not tell it. */
export function asSet(
  { key, slot, version, sessionId, interactionId }: Mutated,
  reply: CommitReply,
  value = reply[2] ?? '',
  ttlSec?: number,
): Mutation {
  const expireAt = expiryOf(reply[1]);
  return { key, slot, version, op: 'set', value, expireAt, ttlSec, sessionId, interactionId };
}

/** A time to live in seconds, with a fraction where it has one. */
export function ttlSecOf({ ttlSec, ttlMs }: Expiry): number | undefined {
  return ttlSec || (ttlMs ? ttlMs / 1000 : undefined);
}

/** An expiry as lua/commit.lua takes it. What no date can tell is never; what is before 1970 has come. */
export function expiryFields(input: Expiry): Pick<Change, 'ttlSec' | 'expireAt'> {
  const ttlSec = ttlSecOf(input);
  if (ttlSec !== undefined) return { ttlSec: String(ttlSec) };
  const { expireAt } = input;
  if (expireAt === undefined) return NO_FIELDS;
  if (expireAt <= 0) return { expireAt: '1' };
  return { expireAt: String(expiryOf(expireAt) ?? '') };
}

const NO_FIELDS: Pick<Change, 'ttlSec' | 'expireAt'> = {};

type Made = Extract<Committing, { made: Mutated }>;
