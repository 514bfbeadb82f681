import type { IdSource } from '@wam/service-kit';
import { createDerivedIds } from './derived-ids.ts';

/** One time that a request under an Idempotency-Key is carried out. Whatever it makes is the same as the last time. */
export interface Attempt {
  readonly idempotencyId: string;
  /** Counts from 1; above that, an earlier one may have had its effect already. */
  readonly number: number;
  readonly ids: IdSource;
  /** Reserved messages that were not accepted. */
  unusedMessages: number;
}
export const attemptOf = (idempotencyId: string, number: number): Attempt => ({
  idempotencyId,
  number,
  ids: createDerivedIds(idempotencyId),
  unusedMessages: 0,
});

/**
 * Deduplication id of a command on the bus. An attempt of its own is not dropped there: the owner knows what it has done, and answers again.
 */
export const busIdOf = (commandId: string, attempt: Attempt | undefined): string =>
  attempt === undefined || attempt.number === 1 ? commandId : `${commandId}.${attempt.number}`;
