import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from '../test/scratch.ts';
import { AlreadyRunningError, acquireInstanceLock } from './instance-lock.ts';

test('only one instance holds a folder, until it lets go', () => {
  using folder = scratchFolder();
  const lock = acquireInstanceLock(folder.path);
  expect(() => acquireInstanceLock(folder.path)).toThrow(AlreadyRunningError);
  lock.release();
  acquireInstanceLock(folder.path).release();
  expect(readdirSync(folder.path)).toEqual([]);
});

test('a lock is taken over when its pid now belongs to another process', () => {
  using folder = scratchFolder();
  const earlier = { pid: process.ppid, since: '2026-01-01T00:00:00.000Z', identity: 'an earlier life of this pid' };
  writeFileSync(join(folder.path, 'instance.json'), JSON.stringify(earlier));
  const lock = acquireInstanceLock(folder.path);
  expect(JSON.parse(readFileSync(join(folder.path, 'instance.json'), 'utf8'))).toMatchObject({ pid: process.pid });
  lock.release();
});

test('a damaged lock file keeps nobody out', () => {
  using folder = scratchFolder();
  writeFileSync(join(folder.path, 'instance.json'), '{"pid":');
  acquireInstanceLock(folder.path).release();
});

test('letting go leaves the lock of a later instance alone', () => {
  using folder = scratchFolder();
  const lock = acquireInstanceLock(folder.path);
  const later = { pid: process.ppid, since: '2026-01-01T00:00:00.000Z', identity: 'a later instance' };
  writeFileSync(join(folder.path, 'instance.json'), JSON.stringify(later));
  lock.release();
  expect(readdirSync(folder.path)).toEqual(['instance.json']);
});
