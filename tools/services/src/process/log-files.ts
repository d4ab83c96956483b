import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** Keeps the logs of the run before as `<name>.previous.log`, so that each run's logs are its own and they don't grow for ever. */
export async function keepPreviousLogs(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const logs = names.filter((name) => name.endsWith('.log') && !name.endsWith('.previous.log'));
  await Promise.all(
    logs.map((name) => rename(join(folder, name), join(folder, name.replace(/\.log$/, '.previous.log')))),
  );
}
