import { randomFillSync, randomUUID } from 'node:crypto';
import { encodeTime, monotonicFactory, ulid } from 'ulid';

/** The library asks the system for each of its characters; a pool of bytes costs a tenth. */
const pool = Buffer.alloc(4096);
let used = pool.length;
function random(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool[used++]! / 256;
}

const next = monotonicFactory(random);
/** 26 characters, ordered by time, also within one millisecond of one process: those of a millisecond follow each other without a gap. */
export const newUlid = (): string => next();
/** Ordered by the millisecond only, with nothing near it: whoever has it may count on from it, and meets no other. */
export const newLoneUlid = (): string => ulid(undefined, random);
/** No ULID of that millisecond, or after it, comes before it. */
export const ulidFrom = (epochMs: number): string => encodeTime(epochMs, 10) + '0'.repeat(16);
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
