import type { ToolName } from '@hybrid-sync/tool-contract';

/** What a client may read: what a tool that changes nothing answers, as JSON. */
interface Readable {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The tool whose answer it is; who may call that one may read this. */
  readonly tool: string;
}

/** Something to read without arguments. */
export interface Resource extends Readable {
  readonly uri: string;
}

/** The same for any key, which stands percent-encoded in the place of `{key}`. */
export interface ResourceTemplate extends Readable {
  readonly uriTemplate: string;
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

/** Every template there is. */
export const TEMPLATES = [
  {
    uriTemplate: 'hybrid-sync://key/{key}',
    name: 'pair',
    title: 'A pair',
    description: 'What the cache holds under a key: value, version, expiry. The key is percent-encoded.',
    tool: 'kv_get',
  },
  {
    uriTemplate: 'hybrid-sync://key/{key}/state',
    name: 'key-state',
    title: 'A key on both sides',
    description:
      'Whether cache and shadow store agree on a key, and what each has. The key is percent-encoded.',
    tool: 'verify_key_sync',
  },
] as const satisfies readonly (ResourceTemplate & { tool: ToolName })[];

/** The key that an address has in the place of a template's `{key}`; undefined where it is no address of that template. */
export function keyIn(uri: string, { uriTemplate }: ResourceTemplate): string | undefined {
  const [before = '', after = ''] = uriTemplate.split('{key}');
  const given = uri.slice(before.length, uri.length - after.length);
  if (uri !== `${before}${given}${after}` || given === '' || /[/?#]/.test(given)) return undefined;
  try {
    return decodeURIComponent(given);
  } catch {
    return undefined;
  }
}
