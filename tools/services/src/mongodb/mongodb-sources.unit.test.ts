import { expect, test } from 'vitest';
import { type MongodbFacts, mongodbSources } from './mongodb-sources.js';

const debianRoot: MongodbFacts = {
  hasMongod: false,
  existingData: undefined,
  downloadCached: false,
  documentdbCached: false,
  mayInstall: true,
};

test('an installed mongod is the only one', () => {
  expect(mongodbSources({ ...debianRoot, hasMongod: true })).toEqual(['mongod']);
});

test('then a download, then DocumentDB where root may install it', () => {
  expect(mongodbSources(debianRoot)).toEqual(['download', 'documentdb']);
  expect(mongodbSources({ ...debianRoot, mayInstall: false })).toEqual(['download']);
});

test('DocumentDB built before comes before a download that would have to be tried', () => {
  expect(mongodbSources({ ...debianRoot, documentdbCached: true })).toEqual(['documentdb', 'download']);
  expect(mongodbSources({ ...debianRoot, documentdbCached: true, downloadCached: true })).toEqual([
    'download',
    'documentdb',
  ]);
});

test('data that is there stays with what wrote it', () => {
  expect(mongodbSources({ ...debianRoot, existingData: 'documentdb', hasMongod: true })).toEqual([
    'documentdb',
  ]);
  expect(mongodbSources({ ...debianRoot, existingData: 'mongod', documentdbCached: true })).toEqual([
    'download',
  ]);
  expect(mongodbSources({ ...debianRoot, existingData: 'mongod', hasMongod: true })).toEqual(['mongod']);
});
