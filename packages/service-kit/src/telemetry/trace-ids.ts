/** Ids of W3C Trace Context, derived from names: whoever knows the name of a span can be its child. */
import { createHash } from 'node:crypto';

const hex = (name: string, characters: number): string =>
  createHash('sha256').update(name).digest('hex').slice(0, characters);

/** 32 hexadecimal digits. */
export const traceIdOf = (traceKey: string): string => hex(traceKey, 32);
/** 16 hexadecimal digits. */
export const spanIdOf = (traceKey: string, spanKey: string): string => hex(`${traceKey}/${spanKey}`, 16);

/** The same answer in every process of the same ratio, so that a trace is whole or not there. */
export const isSampled = (traceId: string, ratio: number): boolean =>
  Number.parseInt(traceId.slice(0, 8), 16) < ratio * 2 ** 32;
