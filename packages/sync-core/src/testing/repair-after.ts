import { repair } from '../reconcile/repair.js';
import type { directSync } from './damage.js';
import type { RealWorld } from './real-world.js';

/** Repairs, with something happening once, just before anything is mended. `patienceMs`: as for a repair. */
export function repairAfter(
  world: RealWorld,
  sync: ReturnType<typeof directSync>,
  happens: () => Promise<unknown>,
  patienceMs = 2000,
) {
  const { restorer } = world;
  let happening: Promise<unknown> | undefined;
  const once = () => (happening ??= happens());
  return repair(
    {
      ...world,
      restorer: {
        watch: () => restorer.watch(),
        raiseClocks: async (versions) => {
          await once();
          return restorer.raiseClocks(versions);
        },
        restore: async (shadows, since) => {
          await once();
          return restorer.restore(shadows, since);
        },
      },
    },
    sync,
    { apply: true, patienceMs },
  );
}
