/** What Redis may be made of: one server, a master with two replicas and three sentinels, three masters with a replica each. */
export const TOPOLOGIES = ['single', 'sentinel', 'cluster'] as const;

/** See {@link TOPOLOGIES}. */
export type Topology = (typeof TOPOLOGIES)[number];

/** How many replicas each master has. */
export const REPLICAS: Readonly<Record<Topology, number>> = { single: 0, sentinel: 2, cluster: 1 };
