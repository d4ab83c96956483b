import type { ToolName } from '@hybrid-sync/tool-contract';

/** Something a client may read without arguments: what a tool that changes nothing answers, as JSON. */
export interface Resource {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The tool whose answer it is; who may call that one may read this. */
  readonly tool: string;
}

/** Every resource there is. */
export const RESOURCES = [
  {
    uri: 'hybrid-sync://stats',
    name: 'stats',
    title: 'Sync statistics',
    description: 'How syncing goes now: workers, queues, outbox, journal, and how far mutations got.',
    tool: 'hybrid_sync_stats',
  },
  {
    uri: 'hybrid-sync://settings',
    name: 'settings',
    title: 'Settings',
    description: 'The settings in force, where each value came from and what it means, without secrets.',
    tool: 'hybrid_sync_settings',
  },
] as const satisfies readonly (Resource & { tool: ToolName })[];
