import type { Topology } from '../system/topology.js';
import { FAULT_KINDS, type FaultKind } from './fault.js';

/** Those of a Redis that is one server, restarted or replaced by hand. */
const OF_SINGLE: readonly FaultKind[] = ['kill-redis', 'replace-redis', 'fail-over'];
/** Those of masters with replicas. */
const OF_REPLICATED: readonly FaultKind[] = [
  'kill-master',
  'freeze-master',
  'cut-master',
  'cut-replicas',
  'hand-over',
  'hand-over-journaled',
  'hand-over-clock',
];
const OF_CLUSTER: readonly FaultKind[] = ['move-slot'];

/** The faults that a topology can have. */
export function kindsOf(topology: Topology): FaultKind[] {
  const others = {
    single: [...OF_REPLICATED, ...OF_CLUSTER],
    sentinel: [...OF_SINGLE, ...OF_CLUSTER],
    cluster: OF_SINGLE,
  }[topology];
  return FAULT_KINDS.filter((kind) => !others.includes(kind));
}
