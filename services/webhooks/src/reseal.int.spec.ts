import { randomBytes } from 'node:crypto';
import { messageSealPurpose } from '@wam/contracts';
import { createSealer } from '@wam/service-kit';
import { resealAll } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { webhooksSealed } from './storage/sealed-columns.ts';
import { type Harness, newAccount, startHarness } from './testing/harness.ts';
import { startReceiver } from './testing/receiver.ts';
import { createActions } from './testing/webhook-actions.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.[Symbol.asyncDispose]());
const { createWebhook, createSession, deliveriesOf, fillPage } = createActions(() => harness);

it('nothing of a webhook lies in the clear, and all of it is sealed anew under another key', async () => {
  await using receiver = await startReceiver();
  receiver.behave((response) => response.writeHead(200).end('the echo of something secret'));
  const first = await harness.start();
  const owner = newAccount();
  const sessionId = await createSession(owner);
  const headers = { Authorization: 'Bearer opensesame' };
  const { webhookId, secret } = await createWebhook(owner, receiver, { headers });
  await harness.call('rotateWebhookSecret', owner, { params: { webhookId }, body: {} });
  await harness.receive(owner.tenant, sessionId, 'something secret');
  await eventually(async () =>
    expect(await deliveriesOf(owner, webhookId)).toEqual([expect.objectContaining({ status: 'delivered' })]),
  );
  const [{ deliveryId } = { deliveryId: '' }] = await deliveriesOf(owner, webhookId);
  await harness.call('resendWebhookDelivery', owner, { params: { webhookId, deliveryId } });
  await eventually(async () =>
    expect(await deliveriesOf(owner, webhookId)).toEqual([
      expect.objectContaining({ status: 'delivered', attempts: 2 }),
    ]),
  );
  const busy = newAccount();
  await using sink = await startReceiver();
  const { webhookId: ofBusy } = await createWebhook(busy, sink);
  const [paged] = await fillPage(busy, ofBusy, await createSession(busy));
  await first.stop();
  for (const table of ['webhook', 'delivery', 'attempt', 'body_page'] as const) {
    const rows = await harness.db.selectFrom(table).selectAll().execute();
    const text = JSON.stringify(rows, (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    );
    for (const plain of ['something secret', 'opensesame', 'ünï', '919876543210', secret.slice('whsec_'.length)])
      expect(text, table).not.toContain(plain);
  }

  const next = randomBytes(32);
  const former = Buffer.from(harness.env.WAM_KEK ?? '', 'base64');
  const sealer = createSealer({ kek: next, retiredKeks: [former], purposesWithOwnKey: [messageSealPurpose] });
  const pages = await harness.db.selectFrom('body_page').select('id').execute();
  const inRows = harness.db.selectFrom('delivery').select('id').where('body_page', 'is', null);
  const resealed = [2, 1, 2, (await inRows.execute()).length, pages.length, 1, 1];
  expect(await resealAll(harness.db, webhooksSealed, sealer)).toEqual(
    ['webhook', 'webhook', 'webhook', 'delivery', 'body_page', 'delivery', 'attempt'].map((table, index) => ({
      ...{ table, resealed: resealed[index], unreadable: 0 },
    })),
  );
  // Events of before are on the bus under the former key.
  await harness.start({
    env: { WAM_KEK: next.toString('base64'), WAM_OTHER_KEKS: former.toString('base64') },
  });
  await harness.receive(owner.tenant, sessionId, 'and on');
  await eventually(() => expect(receiver.accepted).toHaveLength(3));
  expect(receiver.verify(receiver.accepted[2]!, secret)).toMatchObject({ data: { text: 'and on' } });
  expect(receiver.accepted[2]?.headers.authorization).toBe('Bearer opensesame');
  const [, old] = await deliveriesOf(owner, webhookId);
  const params = { webhookId, deliveryId: old!.deliveryId };
  expect(await harness.call('getWebhookDelivery', owner, { params })).toMatchObject({
    body: { data: { text: 'something secret' } },
    history: [1, 2].map((number) => ({ number, bodyExcerpt: 'the echo of something secret' })),
  });
  const inPage = { webhookId: ofBusy, deliveryId: paged!.id };
  expect(await harness.call('getWebhookDelivery', busy, { params: inPage })).toMatchObject({
    body: { data: { text: expect.stringContaining('ünï') } },
  });
});
