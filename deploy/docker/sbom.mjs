import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

/**
 * Prints what an image contains, as SPDX 2.3: `node sbom.mjs <name of the image>`, where node_modules is. It is read off
 * npm's own list of what it installed. `npm sbom` can't be asked: of one workspace it leaves packages out, and of a tree
 * without the development dependencies of the others it makes an error.
 */
const [image] = process.argv.slice(2);
const lock = readFileSync('node_modules/.package-lock.json', 'utf8');
const installed = Object.entries(JSON.parse(lock).packages).filter(
  ([path, { link }]) => !link && existsSync(path),
);

const npmPackages = installed.map(([path, { version, license, integrity }]) => {
  const name = path.includes('node_modules/')
    ? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    : JSON.parse(readFileSync(`${path}/package.json`, 'utf8')).name;
  const digest = integrity && Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
  return {
    name,
    versionInfo: version,
    licenseDeclared: license ?? 'NOASSERTION',
    ...(digest && { checksums: [{ algorithm: 'SHA512', checksumValue: digest }] }),
    externalRefs: [
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      },
    ],
  };
});
const node = { name: 'node', versionInfo: process.versions.node, licenseDeclared: 'MIT' };
const packages = [{ name: image, licenseDeclared: 'MIT' }, node, ...npmPackages].map((each, index) => ({
  SPDXID: `SPDXRef-${index}`,
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  ...each,
}));
const document = {
  spdxVersion: 'SPDX-2.3',
  dataLicense: 'CC0-1.0',
  SPDXID: 'SPDXRef-DOCUMENT',
  name: image,
  documentNamespace: `urn:sha256:${createHash('sha256').update(image).update(lock).digest('hex')}`,
  creationInfo: { created: `${new Date().toISOString().slice(0, 19)}Z`, creators: ['Tool: hybrid-sync'] },
  packages,
  relationships: packages.map(({ SPDXID }, index) =>
    index === 0
      ? { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: SPDXID }
      : { spdxElementId: 'SPDXRef-0', relationshipType: 'CONTAINS', relatedSpdxElement: SPDXID },
  ),
};
console.log(JSON.stringify(document, undefined, 1));
