import { type ContactErased, type EraseContact, internalRequests } from '@wam/contracts';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, newAccount, startHarness } from './testing/harness.ts';
import { answerWith, startReceiver } from './testing/receiver.ts';
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
/** Who writes in this harness. */
const phone = '919876543210';
const attemptsOf = (webhookId: string) =>
  harness.db.selectFrom('attempt').selectAll().where('webhook_id', '=', webhookId).execute();

it('erasing a contact removes the deliveries that name it, with their attempts; one that waits is delivered first', async () => {
  await using receiver = await startReceiver();
  const [owner, stranger] = [newAccount(), newAccount()];
  const erase = (of = owner) =>
    harness.call<ContactErased>(internalRequests.eraseContact, owner, {
      body: { tenant: of.tenant, address: phone } satisfies EraseContact,
    });
  const sessionId = await createSession(owner);
  const { webhookId } = await createWebhook(owner, receiver, { eventTypes: ['message.received', 'session.connected'] });
  const { webhookId: ofStranger } = await createWebhook(stranger, receiver, { eventTypes: ['message.received'] });
  await harness.receive(stranger.tenant, await createSession(stranger), 'to another account');
  const data = { sessionId, phone: '15551230001' };
  const { id: connected } = await harness.publish({ type: 'SessionConnected', tenant: owner.tenant, data });
  await harness.receive(owner.tenant, sessionId, 'one');
  await eventually(async () => {
    const ended = [...(await deliveriesOf(owner, webhookId)), ...(await deliveriesOf(stranger, ofStranger))];
    expect(ended.map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered']);
  });
  receiver.behave(answerWith(500));
  const second = await harness.receive(owner.tenant, sessionId, 'two');
  await eventually(async () =>
    expect((await deliveriesOf(owner, webhookId))[0]).toMatchObject({ eventId: second, attempts: 1 }),
  );

  expect(await erase()).toEqual({ erased: { deliveries: 1 }, underWay: 1 });
  receiver.behave(answerWith(204));
  const [waiting] = await deliveriesOf(owner, webhookId);
  await harness.call('resendWebhookDelivery', owner, {
    params: { webhookId, deliveryId: waiting?.deliveryId ?? '' },
  });
  await eventually(async () =>
    expect((await deliveriesOf(owner, webhookId))[0]).toMatchObject({ status: 'delivered', attempts: 2 }),
  );
  expect(await attemptsOf(webhookId)).toHaveLength(1);
  expect(await erase()).toEqual({ erased: { deliveries: 1 }, underWay: 0 });
  expect(await erase()).toEqual({ erased: { deliveries: 0 }, underWay: 0 });
  expect((await deliveriesOf(owner, webhookId)).map(({ eventId }) => eventId)).toEqual([connected]);
  expect(await attemptsOf(webhookId)).toEqual([]);
  expect(await deliveriesOf(stranger, ofStranger)).toHaveLength(1);
});

it('one that is attempted before its row is written is found too', async () => {
  await using receiver = await startReceiver();
  const owner = newAccount();
  const erase = () =>
    harness.call<ContactErased>(internalRequests.eraseContact, owner, {
      body: { tenant: owner.tenant, address: phone } satisfies EraseContact,
    });
  const sessionId = await createSession(owner);
  const { webhookId } = await createWebhook(owner, receiver, { eventTypes: ['message.received'] });
  await harness.receive(owner.tenant, sessionId, 'one');
  await eventually(async () =>
    expect((await deliveriesOf(owner, webhookId))[0]).toMatchObject({ status: 'delivered' }),
  );
  // From then on its row waits for the answer, up to a second.
  const answers: (() => void)[] = [];
  receiver.behave((response) => void answers.push(() => response.writeHead(204).end()));
  await harness.receive(owner.tenant, sessionId, 'two');
  await eventually(() => expect(answers).toHaveLength(1));

  expect(await erase()).toEqual({ erased: { deliveries: 1 }, underWay: 1 });
  for (const answer of answers) answer();
  await eventually(async () =>
    expect((await deliveriesOf(owner, webhookId)).map(({ status }) => status)).toEqual(['delivered']),
  );
  expect(await erase()).toEqual({ erased: { deliveries: 1 }, underWay: 0 });
});
