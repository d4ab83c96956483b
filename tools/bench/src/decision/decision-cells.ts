import { type Cells, count } from '@hybrid-sync/trials';
import { DECISION_TARGET_NS, type DecisionReport } from './measure-decision.js';

/** One line for each sort of decision. */
export function decisionCells({ decisions, rounds, costs }: DecisionReport): Cells {
  return {
    title: `The choice of a route: median of ${rounds} rounds of ${count(decisions)}; target below ${DECISION_TARGET_NS} ns`,
    head: ['what', 'decided', 'ns', ''],
    rows: costs.map(({ what, route, ns }) => [
      what,
      route,
      ns.toFixed(0),
      ns < DECISION_TARGET_NS ? 'reached' : 'missed',
    ]),
  };
}
