/** A command that an operator dropped: whoever holds a 202 for its message reads that it failed, and why. */
import type { DropCommand } from '@wam/contracts';
import { type Clock, instantOf, type Sealer } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import { outcomeEvent, publishMessageEvent } from './message-events.ts';
import { failed } from './outbound-message.ts';
import type { OutboundStore } from './outbound-store.ts';
import { unstoredMessage } from './unstored-message.ts';

export interface DropMessageOptions {
  store: Pick<OutboundStore, 'find'>;
  publisher: Publisher;
  sealer: Sealer;
  clock: Clock;
}

/** Rejects when the database or the bus is away: the command has to come again. */
export type DropMessage = (command: DropCommand) => Promise<void>;

export function createDropMessage({ store, publisher, sealer, clock }: DropMessageOptions): DropMessage {
  return async ({ tenant, correlationId, countedOn, data }) => {
    const { sessionId, messageId } = data;
    // It came through after all, and ends by itself.
    if ((await store.find({ tenant, sessionId, messageId })) !== undefined) return;
    const message = unstoredMessage({ tenant, correlationId, countedOn, campaignId: undefined, ...data });
    await publishMessageEvent(publisher, outcomeEvent(sealer, message, failed('MESSAGE_DROPPED'), instantOf(clock)));
  };
}
