import type { Received } from '@hybrid-sync/services/fake-api';
import { OPERATIONS, type Operation, type ToolName } from '@hybrid-sync/tool-contract';

/** A call of a tool as a fake api received it. */
export interface ReceivedCall {
  readonly name: ToolName;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Arguments of which a query holds several. */
const LISTS: readonly string[] = ['ids', 'kinds'];

/** Reads a request back into the call that it stands for. */
export function callIn({ method, url = '', headers, body }: Received): ReceivedCall {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const places = (Object.entries(OPERATIONS) as [ToolName, Operation][]).filter(
    (place) => place[1].method === method,
  );
  const [name, { path }] =
    places.find((place) => place[1].path === pathname) ??
    places.find((place) => place[1].path.endsWith('{key}') && pathname.startsWith(prefixOf(place[1].path))) ??
    fail(`no tool is at ${method} ${pathname}`);
  const keyed = path.endsWith('{key}');
  return {
    name,
    arguments: {
      ...(keyed ? { key: decodeURIComponent(pathname.slice(prefixOf(path).length)) } : {}),
      ...Object.fromEntries(
        [...new Set(searchParams.keys())].map((each) => [each, queried(each, searchParams)]),
      ),
      ...(headers['if-match'] === undefined
        ? {}
        : { ifVersion: JSON.parse(JSON.parse(headers['if-match'])) }),
      ...(headers['if-none-match'] === '*' ? { ifAbsent: true } : {}),
      ...(body === '' ? {} : JSON.parse(body)),
    },
  };
}

function prefixOf(path: string): string {
  return path.slice(0, -'{key}'.length);
}

function queried(name: string, query: URLSearchParams): unknown {
  if (LISTS.includes(name)) return query.getAll(name);
  const text = query.get(name) ?? '';
  return /^(\d+|true|false)$/.test(text) && name !== 'cursor' ? JSON.parse(text) : text;
}

function fail(why: string): never {
  throw new Error(why);
}
