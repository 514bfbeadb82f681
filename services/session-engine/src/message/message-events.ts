/** Envelopes of message events. Their ids are derived from the message, so that a repeat is dropped by the bus. */
import {
  busHeaders,
  contactOf,
  type MessageEvent,
  type MessagePrivate,
  messageSealPurpose,
  subjects,
} from '@wam/contracts';
import { type Sealer, traced } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import { eventSpan } from '../traces.ts';
import type { OutboundMessage, SendOutcome } from './outbound-message.ts';

const excerptLength = 100;

export interface Context {
  tenant: string;
  sessionId: string;
  correlationId: string;
  causationId: string;
}
type Stamped = Pick<MessageEvent, 'at'>;

export const sealPrivate = (sealer: Sealer, tenant: string, messageId: string, content: MessagePrivate): string =>
  sealer.seal({ tenant, purpose: messageSealPurpose, id: messageId }, JSON.stringify(content)).toString('base64');

const sealExcerpt = (sealer: Sealer, { tenant, messageId, to, text }: OutboundMessage): string =>
  sealPrivate(sealer, tenant, messageId, { ...contactOf(to), text: text.slice(0, excerptLength) });

const envelope = (id: string, { at }: Stamped, context: Context) => ({
  id,
  v: 1,
  version: 0,
  tenant: context.tenant,
  at,
  correlationId: context.correlationId,
  causationId: context.causationId,
});
const contextOf = (message: OutboundMessage): Context => ({ ...message, causationId: message.messageId });
const referenceOf = ({ sessionId, messageId, waMessageId }: Reference): Reference => ({
  sessionId,
  messageId,
  waMessageId,
});
const acceptanceOf = ({ acceptedAt, campaignId }: OutboundMessage) => ({
  acceptedAt,
  ...(campaignId === undefined ? {} : { campaignId }),
});
interface Reference {
  sessionId: string;
  messageId: string;
  waMessageId: string;
}

export const acceptedEvent = (sealer: Sealer, message: OutboundMessage): MessageEvent => ({
  ...envelope(`accepted-${message.messageId}`, { at: message.acceptedAt }, contextOf(message)),
  type: 'MessageAccepted',
  data: { ...referenceOf(message), ...acceptanceOf(message), sealed: sealExcerpt(sealer, message) },
});

export function outcomeEvent(sealer: Sealer, message: OutboundMessage, outcome: SendOutcome, at: string): MessageEvent {
  const data = { ...referenceOf(message), ...acceptanceOf(message) };
  if (outcome.kind === 'sent') {
    return { ...envelope(`sent-${message.messageId}`, { at }, contextOf(message)), type: 'MessageSent', data };
  }
  const { code, reason, details } = outcome;
  const { countedOn } = message;
  const whatsappCode = details?.whatsappCode;
  return {
    ...envelope(`failed-${message.messageId}`, { at }, contextOf(message)),
    type: 'MessageFailed',
    data: {
      ...data,
      code,
      reason: whatsappCode === undefined ? reason : `${reason} (${String(whatsappCode)})`,
      ...(countedOn === undefined ? {} : { countedOn }),
      sealed: sealExcerpt(sealer, message),
    },
  };
}

export const receiptEvent = (
  kind: 'delivered' | 'read',
  tenant: string,
  reference: Reference,
  at: string,
): MessageEvent => ({
  ...envelope(
    `${kind}-${reference.messageId}`,
    { at },
    { ...reference, tenant, correlationId: reference.messageId, causationId: reference.messageId },
  ),
  type: kind === 'delivered' ? 'MessageDelivered' : 'MessageRead',
  data: referenceOf(reference),
});

export const receivedEvent = (
  tenant: string,
  reference: Reference,
  received: Omit<Extract<MessageEvent, { type: 'MessageReceived' }>['data'], keyof Reference | 'receivedAt'>,
  at: string,
): MessageEvent => ({
  ...envelope(
    `received-${reference.messageId}`,
    { at },
    { ...reference, tenant, correlationId: reference.messageId, causationId: reference.messageId },
  ),
  type: 'MessageReceived',
  data: { ...referenceOf(reference), receivedAt: at, ...received },
});

/** One writer per session: no expected sequence. Rejects when the bus does not store it in time. */
export const publishMessageEvent = async (publisher: Publisher, event: MessageEvent): Promise<void> => {
  await traced(
    () => eventSpan(event),
    () =>
      publisher.publish(subjects.event('message', event.tenant, event.data.sessionId), JSON.stringify(event), {
        msgId: event.id,
        headers: { [busHeaders.type]: event.type },
      }),
  );
};
