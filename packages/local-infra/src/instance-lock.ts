import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity } from './process/process-identity.ts';

/** Who runs on a data folder. */
export type InstanceInfo = {
  readonly pid: number;
  /** ISO time at which it took the lock. */
  readonly since: string;
  /** Where it answers, once it does. */
  readonly url?: string;
};

export type InstanceLock = {
  /** Tells later starts where this instance answers. */
  readonly announce: (url: string) => void;
  readonly release: () => void;
};

type LockFile = InstanceInfo & { readonly identity: string };

/** Another live process holds the lock of this data folder. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';
  readonly instance: InstanceInfo;

  constructor(dataDir: string, instance: InstanceInfo) {
    const place = instance.url === undefined ? 'starting' : `at ${instance.url}`;
    super(`already running on ${dataDir}: pid ${instance.pid} since ${instance.since}, ${place}`);
    this.instance = instance;
  }
}

/**
 * Takes the lock that keeps two instances off one data folder. The lock of a process that is gone, or whose pid now
 * belongs to another process, is taken over.
 *
 * @throws {AlreadyRunningError} when a live instance holds it.
 */
export function acquireInstanceLock(dataDir: string): InstanceLock {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, 'instance.json');
  const identity = processIdentity(process.pid) ?? 'unknown';
  let own: LockFile = { pid: process.pid, since: new Date().toISOString(), identity };

  while (!createWhole(path, own)) {
    const holder = readLock(path);
    if (holder !== undefined && processIdentity(holder.pid) === holder.identity) {
      const { identity: _, ...instance } = holder;
      throw new AlreadyRunningError(dataDir, instance);
    }
    removeStale(path, holder);
  }
  return {
    announce: (url) => {
      own = { ...own, url };
      const written = besides(path, 'new');
      writeFileSync(written, JSON.stringify(own));
      renameSync(written, path);
    },
    release: () => {
      if (readLock(path)?.identity === identity) rmSync(path, { force: true });
    },
  };
}

/** Creates the lock file with all its content at once; false when there is one. */
function createWhole(path: string, lock: LockFile): boolean {
  const written = besides(path, 'new');
  writeFileSync(written, JSON.stringify(lock));
  try {
    linkSync(written, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(written, { force: true });
  }
}

/**
 * Removes the lock that was judged stale, and only that one: two starts may judge the same lock at the same time, and
 * the slower must not remove the lock that the faster has just taken.
 */
function removeStale(path: string, judged: LockFile | undefined): void {
  const aside = besides(path, 'stale');
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // the other start was faster
    throw error;
  }
  if (JSON.stringify(readLock(aside)) !== JSON.stringify(judged)) linkSync(aside, path);
  rmSync(aside, { force: true });
}

function besides(path: string, purpose: string): string {
  return `${path}.${purpose}.${process.pid}`;
}

function readLock(path: string): LockFile | undefined {
  try {
    const lock = JSON.parse(readFileSync(path, 'utf8')) as Partial<LockFile>;
    return Number.isInteger(lock.pid) && typeof lock.identity === 'string' ? (lock as LockFile) : undefined;
  } catch {
    return undefined;
  }
}
