import { runService } from '@hybrid-sync/service-host';
import { ProjectorNode } from '@hybrid-sync/sync-core';

await runService({
  name: 'projector',
  defaultPort: 8081,
  createNode: (loaded, log) => new ProjectorNode(loaded, log),
});
