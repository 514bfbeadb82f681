import { type AnyCommand, actorName, busHeaders, type Principal, type RejectionBody } from '@wam/contracts';
import { type Logger, traced } from '@wam/service-kit';
import { type Publisher, PublishRefused, SubjectFull } from '@wam/service-kit/nats';
import { type Attempt, busIdOf } from '../idempotency/attempt.ts';
import type { Reservation } from '../quota/message-quota.ts';
import type { SessionPlace } from '../sessions/session-directory.ts';
import { commandSpan } from '../traces.ts';
import type { CommandAdapter, CommandDraft } from './command-adapter.ts';

export interface StoreCommandDeps {
  publisher: Publisher;
  logger: Logger;
  publishTimeoutMs: number;
}
export interface CommandOrigin {
  principal: Principal;
  requestId: string;
  /** Wall clock in milliseconds. */
  nowMs: number;
  place: SessionPlace;
  /** Where the owner answers; without it nobody waits. */
  replyTo?: string | undefined;
  /** What the command costs of the daily quota; given back when it is certain that it is not stored. */
  reservation?: Reservation | undefined;
  attempt?: Attempt | undefined;
  /** One of several of its request. */
  ofBatch?: boolean;
}

/** How soon a full session queue has room again: it empties at a few messages per second. */
const busyRetryAfterSeconds = 5;

/** Undefined when JetStream has stored the command; after a refusal it has not, or nobody knows. */
export async function storeCommand(
  { command: type }: Pick<CommandAdapter, 'command'>,
  draft: CommandDraft<CommandAdapter['command']>,
  { principal, requestId, nowMs, place, replyTo, reservation, attempt, ofBatch = false }: CommandOrigin,
  deps: StoreCommandDeps,
): Promise<RejectionBody | undefined> {
  const command: AnyCommand = {
    id: draft.id,
    type,
    v: 1,
    tenant: principal.tenant,
    at: new Date(nowMs).toISOString(),
    correlationId: requestId,
    actor: actorName(principal.actor),
    ...(draft.notAfter === undefined ? {} : { notAfter: draft.notAfter }),
    ...(reservation === undefined ? {} : { countedOn: reservation.day }),
    data: draft.data,
  };
  try {
    await traced(
      () => commandSpan(command, place.sessionId, ofBatch),
      () =>
        deps.publisher.publish(place.commandSubject, JSON.stringify(command), {
          msgId: busIdOf(draft.id, attempt),
          timeoutMs: deps.publishTimeoutMs,
          headers:
            replyTo === undefined
              ? { [busHeaders.type]: type }
              : { [busHeaders.type]: type, [busHeaders.replyInbox]: replyTo },
        }),
    );
    return undefined;
  } catch (error) {
    const isFull = error instanceof SubjectFull;
    // One that nobody acknowledged may be stored, and be sent: it stays counted.
    if (isFull || error instanceof PublishRefused) reservation?.giveBackOne();
    if (isFull) return { code: 'SESSION_BUSY', details: { retryAfterSeconds: busyRetryAfterSeconds } };
    deps.logger.error({ err: error, requestId }, 'command not stored');
    return { code: 'SERVICE_UNAVAILABLE' };
  }
}
