import type { Redis } from 'ioredis';

/** A node of a cluster, as one line of CLUSTER NODES tells of it. */
export interface NodeLine {
  readonly id: string;
  readonly flags: readonly string[];
  /** Id of the master of a replica; `-` of a master. */
  readonly master: string;
  /** The ranges of its hash slots, first and last. */
  readonly slots: readonly (readonly [from: number, to: number])[];
}

/** All nodes of a cluster, as this one knows them. */
export async function nodesOf(client: Redis): Promise<NodeLine[]> {
  const told = String(await client.cluster('NODES'));
  return told
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', , flags = '', master = '', , , , , ...slots] = line.trim().split(' ');
      const ranges = slots
        .filter((slot) => /^\d/.test(slot))
        .map((slot): readonly [number, number] => {
          const [from = 0, to = from] = slot.split('-').map(Number);
          return [from, to];
        });
      return { id, flags: flags.split(','), master, slots: ranges };
    });
}

/** What a node tells of itself. @throws when it is away */
export async function ownLine(client: Redis): Promise<NodeLine> {
  // One that was killed would be waited for.
  if (client.status !== 'ready') throw new Error('the node is away');
  const own = (await nodesOf(client)).find(({ flags }) => flags.includes('myself'));
  if (own === undefined) throw new Error('the node does not know itself');
  return own;
}
