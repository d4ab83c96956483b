import { expect, test } from 'vitest';
import { type MongodbFacts, mongodbSources } from './mongodb-sources.js';

const nothing: MongodbFacts = {
  givenUrl: undefined,
  mongod: undefined,
  existingData: undefined,
  downloadCached: false,
  documentdbCached: false,
  hasApt: false,
  isRoot: false,
};
const debianRoot: MongodbFacts = { ...nothing, hasApt: true, isRoot: true };
const kinds = (facts: MongodbFacts) => mongodbSources(facts).map(({ kind }) => kind);

test('one that was given is the only one', () => {
  const facts: MongodbFacts = {
    ...debianRoot,
    givenUrl: 'mongodb://h',
    mongod: '/bin/mongod',
    existingData: 'documentdb',
  };
  expect(mongodbSources(facts)).toEqual([{ kind: 'given', url: 'mongodb://h' }]);
});

test('an installed mongod comes next', () => {
  expect(mongodbSources({ ...debianRoot, mongod: '/bin/mongod' })).toEqual([
    { kind: 'mongod', executable: '/bin/mongod' },
  ]);
});

test('then a download, then DocumentDB where root may install it', () => {
  expect(kinds(debianRoot)).toEqual(['download', 'documentdb']);
  expect(kinds({ ...debianRoot, isRoot: false })).toEqual(['download']);
  expect(kinds({ ...debianRoot, hasApt: false })).toEqual(['download']);
});

test('DocumentDB built before comes before a download that would have to be tried', () => {
  expect(kinds({ ...debianRoot, documentdbCached: true })).toEqual(['documentdb', 'download']);
  expect(kinds({ ...debianRoot, documentdbCached: true, downloadCached: true })).toEqual([
    'download',
    'documentdb',
  ]);
});

test('data that is there stays with what wrote it', () => {
  expect(kinds({ ...debianRoot, existingData: 'documentdb', mongod: '/bin/mongod' })).toEqual(['documentdb']);
  expect(kinds({ ...debianRoot, existingData: 'mongod', documentdbCached: true })).toEqual(['download']);
  expect(kinds({ ...debianRoot, existingData: 'mongod', mongod: '/bin/mongod' })).toEqual(['mongod']);
});
