import { runService } from '@hybrid-sync/service-host';
import { ProjectorNode } from '@hybrid-sync/sync-core';

/** Starts the projector; what is wrong ends the process. Resolves once it is up. */
export async function start(): Promise<void> {
  await runService({
    name: 'projector',
    defaultPort: 8081,
    createNode: (loaded, log) => new ProjectorNode(loaded, log),
  });
}
