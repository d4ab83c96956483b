import assert from 'node:assert/strict';
import type { Mutation } from '../mutation.js';
import { verify } from '../reconcile/verify.js';
import { KEYS, SLOTS } from './steps.js';
import type { World } from './world.js';

/** Checks of the promises on a world. All throw an AssertionError for one that does not hold. */
export class PromiseChecks {
  readonly #world: World;
  /** The highest version of each shadow so far. */
  readonly #seen = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Promises 2 and 3: no shadow goes back; and every one of these mutations, or a newer one of its key, is somewhere. */
  async kept(mutations: readonly Mutation[]): Promise<void> {
    const versions = new Map(
      (await this.#world.shadows.findMany(KEYS)).map((shadow) => [shadow._id, Number(shadow.version)]),
    );
    for (const [key, version] of this.#seen) {
      const now = versions.get(key) ?? 0;
      assert.ok(now >= version, `the shadow of ${key} went back from ${version} to ${now}`);
    }
    for (const [key, version] of versions) this.#seen.set(key, version);

    const held = new Set<string>();
    for (let slot = 0; slot < SLOTS; slot++) {
      const later = (await this.#world.journal.now(0)) + 60_000;
      for (const { version } of await this.#world.journal.overdue(slot, later, 1000))
        held.add(`${slot}-${version}`);
    }
    const elsewhere = mutations.filter(
      ({ key, slot, version }) => !held.has(`${slot}-${version}`) && (versions.get(key) ?? 0) < version,
    );
    // What is in neither journal nor shadow must wait in the outbox: as many events, at least.
    if (elsewhere.length === 0) return;
    const events = await this.#world.outbox.countUnprocessed(1000);
    assert.ok(
      events >= elsewhere.length,
      `${elsewhere.length} mutations are only in the outbox of ${events}`,
    );
  }

  /**
   * Promise 4, and once more the others. `lost`: keys of which a fail-over took something from the cache, and that were not
   * written since: that is a difference, and repair's to mend.
   */
  async converged(mutations: readonly Mutation[], lost: ReadonlySet<string>): Promise<void> {
    const { samples, complete, undecided } = await verify(this.#world);
    assert.deepEqual({ complete, undecided }, { complete: true, undecided: 0 });
    assert.deepEqual(
      samples.filter(({ key }) => !lost.has(key)),
      [],
    );
    await this.kept(mutations);
  }
}
