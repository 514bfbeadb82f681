/** What an owner sends again goes now: whatever is under way, whatever pause there is, whoever serves the webhook. */
import type { Principal, WebhookDelivery } from '@wam/contracts';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, newAccount, startHarness } from './testing/harness.ts';
import { answerWith, type Receiver, startReceiver } from './testing/receiver.ts';
import { createActions } from './testing/webhook-actions.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  await harness.start();
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});
const { createWebhook, deliveriesOf, createSession } = createActions(() => harness);

/** One event, refused by its receiver; answers when that is in the log. */
async function refusedOnce(
  receiver: Receiver,
  more: object,
  headers: Record<string, string> = {},
): Promise<{ owner: Principal; webhookId: string; deliveryId: string; eventId: string }> {
  const owner = newAccount();
  const sessionId = await createSession(owner);
  receiver.behave(answerWith(500, headers));
  const { webhookId } = await createWebhook(owner, receiver, more);
  const eventId = await harness.receive(owner.tenant, sessionId, 'x');
  const { deliveryId } = await eventually(async () => {
    const [first] = await deliveriesOf(owner, webhookId);
    if (first?.attempts !== 1) throw new Error('not tried yet');
    return first;
  });
  return { owner, webhookId, deliveryId, eventId };
}
const resend = (owner: Principal, params: { webhookId: string; deliveryId: string }) =>
  harness.call<WebhookDelivery>('resendWebhookDelivery', owner, { params });

describe.each([{ ordered: false }, { ordered: true }])('a delivery that is sent again (%o)', (more) => {
  it('before its next attempt is due goes at once', async () => {
    await using receiver = await startReceiver();
    // Due in an hour.
    const { owner, eventId, ...params } = await refusedOnce(receiver, more, { 'retry-after': '3600' });
    receiver.behave(answerWith(200));
    await resend(owner, params);
    await eventually(() => expect(receiver.accepted.map(({ payload }) => payload.id)).toEqual([eventId]));
  });

  it('during an attempt that fails goes once more after it', async () => {
    await using receiver = await startReceiver();
    const { owner, eventId, ...params } = await refusedOnce(receiver, more);
    const answer = Promise.withResolvers<() => void>();
    receiver.behave((response) => answer.resolve(() => response.writeHead(500).end()));
    await resend(owner, params);
    const refuse = await answer.promise;
    // The owner has mended the receiver, and sees a delivery that waits.
    receiver.behave(answerWith(200));
    expect(await resend(owner, params)).toMatchObject({ status: 'pending', attempts: 1 });
    refuse();
    await eventually(() => expect(receiver.accepted.map(({ payload }) => payload.id)).toEqual([eventId]));
    await eventually(async () =>
      expect(await deliveriesOf(owner, params.webhookId)).toEqual([
        expect.objectContaining({ status: 'delivered', attempts: 3 }),
      ]),
    );
  });
});

it('a delivery that is sent again ends the pause of the breaker', async () => {
  await using receiver = await startReceiver();
  const { owner, eventId, ...params } = await refusedOnce(receiver, {});
  // Ten in a row open it.
  for (let attempts = 2; attempts <= 11; attempts++) {
    await resend(owner, params);
    await eventually(async () => expect(await deliveriesOf(owner, params.webhookId)).toMatchObject([{ attempts }]));
  }
  receiver.behave(answerWith(200));
  await resend(owner, params);
  await eventually(() => expect(receiver.accepted.map(({ payload }) => payload.id)).toEqual([eventId]));
});

it('a delivery that is sent again by one process is attempted by another, which serves the webhook', async () => {
  await using receiver = await startReceiver();
  const { owner, eventId, ...params } = await refusedOnce(receiver, {}, { 'retry-after': '3600' });
  // Requests go to either from now on; who failed to deliver keeps the lease.
  await harness.start();
  receiver.behave(answerWith(500, { 'retry-after': '3600' }));
  for (let attempts = 2; attempts <= 5; attempts++) {
    await resend(owner, params);
    await eventually(async () => expect(await deliveriesOf(owner, params.webhookId)).toMatchObject([{ attempts }]));
  }
  receiver.behave(answerWith(200));
  await resend(owner, params);
  await eventually(() => expect(receiver.accepted.map(({ payload }) => payload.id)).toEqual([eventId]));
});
