/**
 * Finds the Debian mirror this machine uses, in the text of its apt sources. Whoever set the machine up chose a mirror
 * that can be reached from it; a host name written down here might not be.
 */

/** One place that apt takes packages from. */
interface AptSource {
  readonly types: readonly string[];
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

/** `deb [options] URI suite component…` */
const ONE_LINE = /^(deb|deb-src)\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)(?:\s+(.*))?$/;

/**
 * The mirror of Debian proper among apt's sources, with a trailing slash taken off.
 * @param files contents of `sources.list` and of the `.list` and `.sources` files beside it
 * @returns undefined when none is Debian's main archive over HTTP
 */
export function debianMirror(files: readonly string[]): string | undefined {
  for (const source of files.flatMap(parseSources)) {
    if (!source.types.includes('deb') || !source.components.includes('main')) continue;
    if (source.suites.every((suite) => suite.includes('security'))) continue;
    const mirror = source.uris.find(isDebianArchive);
    if (mirror !== undefined) return mirror.replace(/\/+$/, '');
  }
  return undefined;
}

/** Snapshots (`/archive/debian/<time>/`) hold no later release, security and other vendors' archives no whole one. */
function isDebianArchive(uri: string): boolean {
  return /^https?:\/\/[^/]+(?:\/.*)?\/debian\/*$/.test(uri);
}

function parseSources(file: string): AptSource[] {
  const lines = file.split(/\r?\n/);
  const oneLine = lines.flatMap((line): AptSource[] => {
    const match = ONE_LINE.exec(line.replace(/#.*/, '').trim());
    if (match === null) return [];
    const [, type = '', uri = '', suite = '', components = ''] = match;
    return [
      { types: [type], uris: [uri], suites: [suite], components: components.split(/\s+/).filter(Boolean) },
    ];
  });
  return [...oneLine, ...parseStanzas(lines)];
}

/** The deb822 form: stanzas of `Field: values`, a continued line starts with a blank, `#` lines are no part of it. */
function parseStanzas(lines: readonly string[]): AptSource[] {
  const text = lines.filter((line) => !line.startsWith('#')).join('\n');
  return text.split(/\n[ \t]*\n/).flatMap((stanza): AptSource[] => {
    const fields = new Map<string, string[]>();
    for (const match of stanza.matchAll(/^([A-Za-z0-9-]+):((?:.*)(?:\n[ \t]+.*)*)/gm)) {
      fields.set((match[1] ?? '').toLowerCase(), (match[2] ?? '').split(/\s+/).filter(Boolean));
    }
    const field = (name: string) => fields.get(name) ?? [];
    if (field('uris').length === 0 || field('enabled').some((value) => /^(no|false|0|off)$/i.test(value)))
      return [];
    return [
      {
        types: field('types'),
        uris: field('uris'),
        suites: field('suites'),
        components: field('components'),
      },
    ];
  });
}
