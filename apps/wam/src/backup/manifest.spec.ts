import { expect, test } from 'vitest';
import { type Manifest, parseManifest, refusalOf } from './manifest.ts';

const manifest: Manifest = {
  format: 1,
  version: '1.2.0',
  createdAt: '2026-11-27T00:00:00.000Z',
  log: { incarnation: 'a', lastSeq: 5 },
  database: { schemas: [{ schema: 'auth', migrations: ['0001-a'] }], tables: [], sequences: [] },
  streams: [],
  commands: 0,
  partitionCount: 64,
  files: [],
};
const release = { version: '1.9.0', migrations: new Map([['auth', ['0001-a', '0002-b']]]) };

test('a backup of the same or an earlier release of the same major version is taken', () => {
  expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
  expect(refusalOf(manifest, release)).toBeUndefined();
});

test('another major version, or a migration this release does not know, is refused', () => {
  expect(refusalOf(manifest, { ...release, version: '2.0.0' })).toContain('same major version');
  const later = {
    ...manifest,
    database: { ...manifest.database, schemas: [{ schema: 'auth', migrations: ['0003-c'] }] },
  };
  expect(refusalOf(later, release)).toContain('migration 0003-c of auth');
});

test('what is no manifest is refused, and so is a name that leads out of the folder', () => {
  expect(() => parseManifest('{"format":1')).toThrow('damaged');
  const file = { path: '../x', sha256: '', bytes: 0 };
  expect(() => parseManifest(JSON.stringify({ ...manifest, files: [file] }))).toThrow('damaged');
});
