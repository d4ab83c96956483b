import { crc32 } from 'node:zlib';

/**
 * Which slot a key lives in: CRC-32 of its UTF-8 bytes, modulo the number of slots. It must never change: the slot is
 * part of every Redis key and of every outbox event's id.
 */
export function slotOf(key: string, slots: number): number {
  return crc32(key) % slots;
}

/** The places of keys in their list, by their slots. */
export function placesBySlot(keys: readonly string[], slots: number): Map<number, number[]> {
  const places = new Map<number, number[]>();
  for (const [place, key] of keys.entries()) {
    const slot = slotOf(key, slots);
    const others = places.get(slot);
    if (others === undefined) places.set(slot, [place]);
    else others.push(place);
  }
  return places;
}

/** The names of the system's Redis keys. All keys of a slot share one hash tag, so a script runs on one cluster node. */
export class CacheKeys {
  readonly namespace: string;
  readonly slots: number;

  constructor(namespace: string, slots: number) {
    this.namespace = namespace;
    this.slots = slots;
  }

  /** Hash with `value` and `version`. */
  pair(slot: number, key: string): string {
    return `${this.namespace}:{${slot}}:kv:${key}`;
  }

  /** String with the last version given in the slot. */
  clock(slot: number): string {
    return `${this.namespace}:{${slot}}:clock`;
  }

  /** Stream of the mutations that are not yet durable in MongoDB. */
  journal(slot: number): string {
    return `${this.namespace}:{${slot}}:journal`;
  }

  /** Hash with the bytes that the journal is thought to hold, see lua/slot.lua. */
  journalSize(slot: number): string {
    return `${this.namespace}:{${slot}}:journal:size`;
  }

  /** Sorted set of the keys that changed lately, with their versions; there while something is being restored. */
  changed(slot: number): string {
    return `${this.namespace}:{${slot}}:changed`;
  }

  /** String with what a projector has in hand of the slot. */
  draining(slot: number): string {
    return `${this.namespace}:{${slot}}:draining`;
  }

  /** String that says which projector drains the slot. */
  drainLease(slot: number): string {
    return `${this.namespace}:{${slot}}:drainer`;
  }

  /** Hash that is written to find out whether the slot takes writes. */
  probe(slot: number): string {
    return `${this.namespace}:{${slot}}:probe`;
  }

  /** String that a script adds to a number in, see lua/derived.lua; there within the script only. */
  scratch(slot: number): string {
    return `${this.namespace}:{${slot}}:scratch`;
  }

  /** Hash with what is kept of the scheduled checks. */
  check(): string {
    return `${this.namespace}:check`;
  }

  /** String with the token of the pod that makes the scheduled check. */
  checkLease(): string {
    return `${this.namespace}:check:lease`;
  }

  /** Hash with how many mutations all projectors have brought to the shadows, by source. */
  projected(): string {
    return `${this.namespace}:projected`;
  }

  /** Hash with what is set at run time; one hash tag with its history, so that one script changes both. */
  settings(): string {
    return `${this.namespace}:{settings}`;
  }

  /** Stream of the changes that were made at run time. */
  settingsHistory(): string {
    return `${this.namespace}:{settings}:history`;
  }

  /** Channel on which each of those changes is told. */
  settingsChannel(): string {
    return `${this.namespace}:settings:changed`;
  }

  /** Hash with what each pod says of itself; one hash tag with the next three, so that one script sees all of them. */
  pods(): string {
    return `${this.namespace}:{roster}:pods`;
  }

  /** Hash with what each projector says of itself. */
  projectors(): string {
    return `${this.namespace}:{roster}:projectors`;
  }

  /** String with the id of the process that looks, for all, at what is of the whole deployment. */
  lookout(): string {
    return `${this.namespace}:{roster}:lookout`;
  }

  /** String with what that one saw last. */
  seen(): string {
    return `${this.namespace}:{roster}:seen`;
  }

  /** String that is written for WAIT to wait for, on the slot's server. */
  replicated(slot: number): string {
    return `${this.namespace}:{${slot}}:replicated`;
  }

  /** Hash with the layout version and the slot count. */
  meta(): string {
    return `${this.namespace}:meta`;
  }

  /** String that changes with each proof that both stores are the deployment's; gone soon behind the last one. */
  proof(): string {
    return `${this.namespace}:proof`;
  }

  /** String with a random secret that only this deployment's processes have. */
  secret(): string {
    return `${this.namespace}:secret`;
  }

  /** String with the answer to a question that a pod has put to a client; empty until then. */
  question(id: string): string {
    return `${this.namespace}:question:${id}`;
  }

  /** SCAN pattern of the pairs, of all slots, whose key starts with `prefix`; glob characters in it stand for themselves. */
  pairPattern(prefix: string): string {
    return `${this.namespace}:{*}:kv:${prefix.replace(/[*?[\]\\^]/g, '\\$&')}*`;
  }

  /** The caller's key in the name of a pair. */
  keyOfPair(name: string): string {
    const marker = '}:kv:';
    return name.slice(name.indexOf(marker) + marker.length);
  }
}
