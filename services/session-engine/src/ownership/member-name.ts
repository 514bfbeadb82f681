import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** Host and process for people; random, since containers share process ids and hosts their names. A single subject token. */
export const newMemberName = (): string =>
  `${hostname()
    .replaceAll(/[^A-Za-z0-9-]/g, '-')
    .slice(0, 30)}-${process.pid}-${randomBytes(3).toString('hex')}`;
