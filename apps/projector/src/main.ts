import { runService } from '@hybrid-sync/service-host';
import { ProjectorNode } from '@hybrid-sync/sync-core';

/** The projector takes no bodies. */
const BODY_LIMIT_BYTES = 1024;

await runService({
  name: 'projector',
  defaultPort: 8081,
  bodyLimit: () => BODY_LIMIT_BYTES,
  createNode: (settings, log) => new ProjectorNode(settings, log),
});
