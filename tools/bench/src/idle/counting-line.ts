import { ServiceLine } from '@hybrid-sync/services/line';
import { MongodbCommands } from './mongodb-commands.js';

/** A line to MongoDB on which every command is counted, by its name. */
export interface CountingLine extends Pick<ServiceLine, 'url' | 'connections'> {
  /** How many of each command passed since the last call. */
  taken(): ReadonlyMap<string, number>;
  /** Closes it. */
  stop(): Promise<void>;
}

/** Opens it; the caller stops it. */
export async function openCountingLine(mongodbUrl: string): Promise<CountingLine> {
  let counts = new Map<string, number>();
  const line = await ServiceLine.to(mongodbUrl, () => {
    const commands = new MongodbCommands((name) => counts.set(name, (counts.get(name) ?? 0) + 1));
    return (part) => commands.take(part);
  });
  await line.open();
  return {
    url: line.url,
    get connections() {
      return line.connections;
    },
    taken() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
    stop: () => line.cut(),
  };
}
