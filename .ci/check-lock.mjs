import { readFileSync } from 'node:fs';

/**
 * Refuses a lock file with an entry that is not pinned by a SHA-512 or names where it is downloaded:
 * `check-lock.mjs [lock file]`. npm leaves the integrity of packages for other platforms out; `npm view <name>@<version>
 * dist.integrity` says it.
 */
const file = process.argv[2] ?? new URL('../package-lock.json', import.meta.url);
const { packages } = JSON.parse(readFileSync(file, 'utf8'));
const faults = Object.entries(packages).flatMap(([path, { version, link, integrity, resolved }]) => {
  // The repository's own workspaces, and the links to them.
  if (link || !path.includes('node_modules/')) return [];
  const name = `${path}@${version}`;
  const pinned = /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '');
  return [
    ...(pinned ? [] : [`${name} is not pinned by a SHA-512`]),
    ...(resolved === undefined ? [] : [`${name} names where it is downloaded`]),
  ];
});
for (const fault of faults) console.error(`package-lock.json: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
