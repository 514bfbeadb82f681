/** A stretch of the log as the engine writes it: the four events of a message lie apart, mixed with those of a thousand others. */
import { type AnyEvent, busHeaders, messageSealPurpose, subjects } from '@wam/contracts';
import type { Sealer } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import { messageIdOf, sessionOf, tenantOf } from './fill.ts';

const stages = ['MessageAccepted', 'MessageSent', 'MessageDelivered', 'MessageRead'] as const;
/** Messages on their way at the same time. */
const window = 1_000;

function eventOf(type: (typeof stages)[number], index: number, sealer: Sealer): AnyEvent {
  const tenant = tenantOf(index);
  const messageId = messageIdOf(index);
  const at = new Date().toISOString();
  const ids = { sessionId: sessionOf(index), messageId, waMessageId: `3EB0${messageId.slice(-18)}` };
  const content = JSON.stringify({ phone: `9198${messageId.slice(-8)}`, text: `Hello, this is message ${index}` });
  const seal = () => sealer.seal({ tenant, purpose: messageSealPurpose, id: messageId }, content).toString('base64');
  const data = {
    MessageAccepted: () => ({ ...ids, acceptedAt: at, sealed: seal() }),
    MessageSent: () => ({ ...ids, acceptedAt: at }),
    MessageDelivered: () => ids,
    MessageRead: () => ids,
  }[type]();
  return { id: `${type}-${messageId}`, type, v: 1, version: 0, tenant, at, correlationId: 'c', causationId: 'c', data };
}

/** @returns the number of events stored */
export async function publishMessages(
  publisher: Publisher,
  sealer: Sealer,
  first: number,
  count: number,
): Promise<number> {
  for (let start = first; start < first + count; start += window) {
    const messages = Array.from({ length: Math.min(window, first + count - start) }, (_, i) => start + i);
    for (const type of stages) {
      await Promise.all(
        messages.map((index) => {
          const event = eventOf(type, index, sealer);
          return publisher.publish(subjects.event('message', event.tenant, sessionOf(index)), JSON.stringify(event), {
            msgId: event.id,
            headers: { [busHeaders.type]: type },
            timeoutMs: 30_000,
          });
        }),
      );
    }
  }
  return count * stages.length;
}
