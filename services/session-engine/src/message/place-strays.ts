/** Accepted messages whose session is not served here: it was moved to another pool meanwhile, or there is none. */
import { type MoveCommand, sessionAddress, subjects } from '@wam/contracts';
import type { Clock, IdSource, Logger } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import { untilDone } from '../batching/until-done.ts';
import type { OwnedSession } from '../ownership/tenures.ts';
import type { SessionRegistry } from '../session/session-registry.ts';
import { failed, type OutboundMessage, type SendOutcome } from './outbound-message.ts';
import type { OutboundStore } from './outbound-store.ts';

export interface PlaceStraysOptions {
  pool: string;
  partitionCount: number;
  registry: Pick<SessionRegistry, 'poolOf'>;
  store: Pick<OutboundStore, 'follow'>;
  publisher: Publisher;
  clock: Clock;
  ids: IdSource;
  logger: Logger;
  stopping: AbortSignal;
  settle(session: OwnedSession, message: OutboundMessage, outcome: SendOutcome): void;
}
export interface PlaceStrays {
  /** All of one session. Never rejects; what could not be placed before the end of the process is found by the next owner. */
  place(session: OwnedSession, messages: readonly OutboundMessage[]): Promise<void>;
}

export function createPlaceStrays(options: PlaceStraysOptions): PlaceStrays {
  const { registry, store, publisher, clock, logger, settle } = options;

  async function placeNow(session: OwnedSession, messages: readonly OutboundMessage[]): Promise<void> {
    const { sessionId } = session;
    const [first] = messages;
    if (!first) return;
    const pool = await registry.poolOf(sessionId);
    if (pool === undefined || pool === options.pool) {
      for (const message of messages) settle(session, message, failed('SESSION_DELETED'));
      return;
    }
    await store.follow(sessionId, pool);
    // To the owner there, who may have looked before they came.
    const { tenant, correlationId } = first;
    const id = options.ids.ulid();
    const at = new Date(clock.now()).toISOString();
    const command: MoveCommand = {
      ...{ id, type: 'MoveSession', v: 1, tenant, at, correlationId },
      data: { sessionId, pool },
    };
    const address = sessionAddress({ pool, tenant, sessionId }, options.partitionCount);
    await publisher.publish(subjects.command(address), JSON.stringify(command), { msgId: id });
  }
  return {
    async place(session, messages) {
      await untilDone(
        clock,
        options.stopping,
        () => placeNow(session, messages),
        (error) => logger.warn({ reason: String(error) }, 'messages could not follow their session yet'),
      );
    },
  };
}
