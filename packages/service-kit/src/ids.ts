import { randomFillSync, randomUUID } from 'node:crypto';
import { monotonicFactory } from 'ulid';

/** 26 characters, ordered by time, also within one millisecond of one process. */
export const newUlid: () => string = (() => {
  // The library asks the system for each of its characters; a pool of bytes costs a tenth.
  const pool = Buffer.alloc(4096);
  let used = pool.length;
  const next = monotonicFactory(() => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    return pool[used++]! / 256;
  });
  return () => next();
})();
export const newUuid = (): string => randomUUID();

/** Identifiers as a port, so that specs can name them beforehand. */
export interface IdSource {
  ulid(): string;
  uuid(): string;
}
export const systemIds: IdSource = { ulid: newUlid, uuid: newUuid };

/** Predictable ids of the right shape: ...0001, ...0002. For specs. */
export function createSequentialIds(): IdSource {
  let last = 0;
  const next = (width: number) => String(++last).padStart(width, '0');
  return { ulid: () => next(26), uuid: () => `00000000-0000-4000-8000-${next(12)}` };
}
