/** The two builds that are compared: the one that runs, and that of an earlier commit. */
const SIDES = ['today', 'former'] as const;
/** See {@link SIDES}. */
export type Side = (typeof SIDES)[number];

/**
 * Whose turn it is, round by round: each side once in a round, and in every other round the other one first, so that
 * neither always finds the machine as the other has left it.
 */
export function turnsOf(rounds: number): Side[][] {
  return Array.from({ length: rounds }, (_, round) => (round % 2 === 0 ? [...SIDES] : SIDES.toReversed()));
}
