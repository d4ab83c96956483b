/** Time between two looks at one Redis, in milliseconds. */
const LOOK_MS = 2000;

/** Looks at the server of a connection. @returns whether it has changed so that every connection has to look */
export type ServerLook = () => Promise<boolean>;

/** A Redis, by its URL, and the connections of this process to it. */
interface Looked {
  readonly looks: Set<ServerLook>;
  readonly timer: NodeJS.Timeout;
}

const looked = new Map<string, Looked>();

/**
 * Has a connection look at its server, in turns with all others of this process to the same Redis: one of them each two
 * seconds, however many there are. Where one finds a change, all look at once. `where`: what is the same for them.
 * @returns what ends it
 */
export function lookInTurns(where: string, look: ServerLook): () => void {
  const looks = looked.get(where)?.looks ?? new Set();
  if (!looked.has(where))
    looked.set(where, { looks, timer: setInterval(() => void next(looks), LOOK_MS).unref() });
  looks.add(look);
  return () => {
    looks.delete(look);
    const known = looked.get(where);
    if (looks.size > 0 || known?.looks !== looks) return;
    clearInterval(known.timer);
    looked.delete(where);
  };
}

async function next(looks: Set<ServerLook>): Promise<void> {
  const [look] = looks;
  if (look === undefined) return;
  looks.delete(look);
  looks.add(look);
  if (!(await look())) return;
  await Promise.all([...looks].filter((each) => each !== look).map((each) => each()));
}
