/** Bodies of deliveries that succeeded at once lie together. Nobody who looks at them, sends them again or has them erased sees a difference. */
import { type ContactErased, type EraseContact, internalRequests, type Principal } from '@wam/contracts';
import { createSealer, systemClock } from '@wam/service-kit';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { pruneDeliveries } from './delivery-log/prune-deliveries.ts';
import { type Harness, newAccount, startHarness } from './testing/harness.ts';
import { answerWith, type Receiver, startReceiver } from './testing/receiver.ts';
import { createActions } from './testing/webhook-actions.ts';
import { createWebhookSeals } from './webhook/webhook-seals.ts';

let harness: Harness;
let owner: Principal;
let sessionId: string;
beforeAll(async () => {
  harness = await startHarness();
  await harness.start();
});
afterAll(() => harness?.[Symbol.asyncDispose]());
const { createWebhook, deliveriesOf, createSession, fillPage } = createActions(() => harness);
beforeEach(async () => {
  owner = newAccount();
  sessionId = await createSession(owner);
});

const phone = '919876543210';
const erase = () =>
  harness.call<ContactErased>(internalRequests.eraseContact, owner, {
    body: { tenant: owner.tenant, address: phone } satisfies EraseContact,
  });
const pagesOf = (tenant: string) =>
  harness.db.selectFrom('body_page').selectAll().where('tenant', '=', tenant).execute();
async function openPages(tenant: string): Promise<string> {
  const seals = createWebhookSeals(createSealer({ kek: Buffer.from(harness.env.WAM_KEK ?? '', 'base64') }));
  const pages = await pagesOf(tenant);
  return pages.map(({ id, sealed_bodies: sealed }) => seals.openBodies(tenant, id, sealed).toString()).join('\n');
}
const retentionMs = 60_000;
const show = (webhookId: string, deliveryId: string) =>
  harness.call<{ body: { id: string; data: { text?: string } } }>('getWebhookDelivery', owner, {
    params: { webhookId, deliveryId },
  });
const payloadOf = ({ accepted }: Receiver, eventId: string) =>
  accepted.findLast(({ payload }) => payload.id === eventId);

it('one in a page is shown, and sent again, as it was sent', async () => {
  await using receiver = await startReceiver();
  const { webhookId, secret } = await createWebhook(owner, receiver);
  const [row] = await fillPage(owner, webhookId, sessionId);
  const sent = payloadOf(receiver, row!.event_id)!;
  expect((await show(webhookId, row!.id)).body).toEqual(sent.payload);
  const before = receiver.accepted.length;
  await harness.call('resendWebhookDelivery', owner, { params: { webhookId, deliveryId: row!.id } });
  await eventually(() => expect(receiver.accepted).toHaveLength(before + 1));
  expect(receiver.verify(receiver.accepted.at(-1)!, secret)).toEqual(sent.payload);
});

it('all that is replayed is told once more, whether it was in a page or not', async () => {
  await using receiver = await startReceiver();
  const since = new Date(Date.now() - 60_000).toISOString();
  const { webhookId } = await createWebhook(owner, receiver);
  await fillPage(owner, webhookId, sessionId);
  const first = receiver.accepted.map(({ payload }) => payload);
  const body = { since, status: 'all' };
  const { queued } = await harness.call<{ queued: number }>('replayWebhook', owner, { params: { webhookId }, body });
  expect(queued).toBe(first.length);
  await eventually(() => expect(receiver.accepted).toHaveLength(2 * first.length));
  const byId = (payloads: readonly { id: string }[]) => payloads.toSorted((a, b) => a.id.localeCompare(b.id));
  expect(byId(receiver.accepted.slice(first.length).map(({ payload }) => payload))).toEqual(byId(first));
});

it('an erased contact is in no page any more, not even of a webhook that is gone; what waits to be sent again is sent first', async () => {
  await using receiver = await startReceiver();
  const { webhookId } = await createWebhook(owner, receiver);
  const { webhookId: former } = await createWebhook(owner, receiver);
  const [row] = await fillPage(owner, webhookId, sessionId);
  expect(await openPages(owner.tenant)).toContain(phone);
  const connected = await harness.publish({
    type: 'SessionConnected',
    tenant: owner.tenant,
    data: { sessionId, phone: '1555' },
  });
  await eventually(async () =>
    expect((await deliveriesOf(owner, webhookId))[0]).toMatchObject({ eventId: connected.id, status: 'delivered' }),
  );
  await harness.call('deleteWebhook', owner, { params: { webhookId: former } });
  await pruneDeliveries({ db: harness.db, clock: systemClock, retentionMs });
  receiver.behave(answerWith(500));
  await harness.call('resendWebhookDelivery', owner, { params: { webhookId, deliveryId: row!.id } });
  await eventually(async () =>
    expect(
      (await deliveriesOf(owner, webhookId, { limit: 100 })).find(({ deliveryId }) => deliveryId === row!.id),
    ).toMatchObject({ status: 'pending', attempts: 2 }),
  );

  expect(await erase()).toMatchObject({ underWay: 1 });
  expect((await show(webhookId, row!.id)).body).toEqual(payloadOf(receiver, row!.event_id)!.payload);
  receiver.behave(answerWith(204));
  await harness.call('resendWebhookDelivery', owner, { params: { webhookId, deliveryId: row!.id } });
  await eventually(async () => expect(await erase()).toMatchObject({ underWay: 0 }));
  expect((await deliveriesOf(owner, webhookId)).map(({ eventId }) => eventId)).toEqual([connected.id]);
  expect(await openPages(owner.tenant)).not.toContain(phone);
});

it('a page goes with its age, after the deliveries whose bodies it holds', async () => {
  await using receiver = await startReceiver();
  const { webhookId } = await createWebhook(owner, receiver);
  await fillPage(owner, webhookId, sessionId);
  const pruneIn = (ms: number) =>
    pruneDeliveries({ db: harness.db, clock: { ...systemClock, now: () => Date.now() + ms }, retentionMs });
  await pruneIn(0);
  expect(await pagesOf(owner.tenant)).not.toEqual([]);
  await pruneIn(retentionMs);
  expect(await pagesOf(owner.tenant)).toEqual([]);
  expect(await deliveriesOf(owner, webhookId)).toEqual([]);
});
