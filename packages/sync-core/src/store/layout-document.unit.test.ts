import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CLAIM_COLLECTION } from './claim.js';
import { ownIndexes } from './indexes.js';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const documented = (table: string) =>
  read('../../../../docs/how-it-works.md').split(`<!-- ${table} -->`)[1]?.split('<!-- end -->')[0]?.trim();

/** The fields of an interface as its source has them; those of an object in it as `metadata.syncMethod`. */
function fieldsOf(file: string, name: string): string[] {
  const body =
    new RegExp(`^(?:export )?interface ${name}\\b.*{\\n([\\s\\S]*?)^}`, 'm').exec(read(file))?.[1] ?? '';
  let within = '';
  return body.split('\n').flatMap((line) => {
    const [, indent, field, optional = '', opens] = /^( +)(?:readonly )?(\w+)(\?)?:.*?({)?$/.exec(line) ?? [];
    if (field === undefined) return [];
    if (indent === '  ') within = opens === undefined ? '' : `${field}.`;
    return opens === undefined ? [`${indent === '  ' ? '' : within}${field}${optional}`] : [];
  });
}

it('docs/how-it-works.md lists every field in MongoDB', () => {
  const row = (collection: string, fields: string[]) =>
    `| \`${collection}\` | ${fields.map((field) => `\`${field}\``).join(', ')} |`;
  expect(documented('fields')).toBe(
    [
      '| collection | fields; `?`: not always there |',
      '| --- | --- |',
      row('kv_shadow', fieldsOf('./shadow-document.ts', 'ShadowDocument')),
      row('outbox', fieldsOf('./outbox-event.ts', 'OutboxEvent')),
      row(CLAIM_COLLECTION, [...fieldsOf('./claim.ts', 'ClaimDocument'), ...fieldsOf('./claim.ts', 'Claim')]),
    ].join('\n'),
  );
});

it('docs/how-it-works.md lists every index', () => {
  const rows = ownIndexes(1000).map(
    ({ collection, name, key, partialFilterExpression, expireAfterSeconds }) => {
      const filter = Object.entries(partialFilterExpression ?? {}).map(
        ([field, value]) => `\`${field}: ${value}\``,
      );
      const removes =
        expireAfterSeconds === undefined
          ? ''
          : expireAfterSeconds === 0
            ? 'at that time'
            : '`app.outbox.retention-ms` later';
      const fields = Object.keys(key).map((field) => `\`${field}\``);
      return `| \`${collection}\` | \`${name}\` | ${fields.join(', ')} | ${filter.join(', ')} | ${removes} |`;
    },
  );
  expect(documented('indexes')).toBe(
    [
      '| collection | index | fields | only where | removes |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
    ].join('\n'),
  );
});
