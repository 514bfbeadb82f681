import { lstatSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

export interface StoreFacts {
  /** Free on the disk for whoever is not root. */
  freeBytes: number;
  /** In the store already. */
  storedBytes: number;
}

const megabyte = 1024 ** 2;

/**
 * What a server may keep on its disk, in bytes: what it has, and three quarters of what is free. Left to itself it takes three quarters of what is free
 * without what it has, and stores nothing more once that is less than it has. Pure.
 */
export const storeLimit = ({ freeBytes, storedBytes }: StoreFacts): number =>
  Math.ceil((storedBytes + freeBytes * 0.75) / megabyte) * megabyte;

/** Of a folder that no server writes to now. */
export function lookAtStore(folder: string): StoreFacts {
  const { bavail, bsize } = statfsSync(folder);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sizes = files.map(({ parentPath, name }) => lstatSync(join(parentPath, name)).size);
  return { freeBytes: bavail * bsize, storedBytes: sizes.reduce((sum, size) => sum + size, 0) };
}
