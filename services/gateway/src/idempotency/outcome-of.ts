import { errorCatalogue, type OnceOutcome, type ServiceReply } from '@wam/contracts';

/** Refusals about the request or its sender: nothing has been begun. */
const beforeAnything = new Set([400, 401, 403, 404]);

/**
 * What an answer means for its Idempotency-Key. Pure.
 *
 * Kept: what was done, and what was refused for good. Not kept: what may go better the next time (full queue, used up quota, a part of the platform
 * away). Then the same request is carried out again, under the same id: if it had its effect after all, it has it once.
 */
export function outcomeOf(reply: ServiceReply): OnceOutcome {
  if (reply.ok) return { kind: 'keep', reply };
  const { status, retryable } = errorCatalogue[reply.code];
  if (beforeAnything.has(status)) return { kind: 'forget' };
  return retryable || status >= 500 ? { kind: 'retry' } : { kind: 'keep', reply };
}
