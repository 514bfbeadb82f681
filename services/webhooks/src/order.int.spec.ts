/** Webhooks with order: what is behind one that fails waits, at no cost, and a change of the setting breaks neither promise. */
import { sql } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, newAccount, startHarness } from './testing/harness.ts';
import { answerWith, type Behaviour, startReceiver } from './testing/receiver.ts';
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

it('what is behind one that waits for its next attempt is not asked for again and again', async () => {
  await using receiver = await startReceiver();
  receiver.behave(answerWith(500));
  const owner = newAccount();
  const sessionId = await createSession(owner);
  const { webhookId } = await createWebhook(owner, receiver, { ordered: true });
  const sent = [await harness.receive(owner.tenant, sessionId, 'first')];
  await eventually(() => expect(receiver.all).toHaveLength(1));
  receiver.behave(answerWith(204));
  sent.push(await harness.receive(owner.tenant, sessionId, 'second'));
  // The next attempt is due after five seconds.
  await eventually(() => expect(receiver.accepted.map(({ payload }) => payload.id)).toEqual(sent), {
    timeoutMs: 30_000,
  });
  await eventually(async () => expect(await deliveriesOf(owner, webhookId, { status: 'pending' })).toEqual([]));
  const { rows } = await sql<{ scans: number }>`
    select pg_stat_get_numscans('webhooks.delivery_in_order'::regclass)::int as scans`.execute(harness.db);
  expect(rows[0]?.scans).toBeLessThan(200);
});

it('a webhook that asks for order during attempts gets it from then on, and none of them twice', async () => {
  await using receiver = await startReceiver();
  const owner = newAccount();
  const sessionId = await createSession(owner);
  const held: Parameters<Behaviour>[0][] = [];
  receiver.behave((response) => void held.push(response));
  const { webhookId } = await createWebhook(owner, receiver);
  const sent: string[] = [];
  const receive = async (text: string) => void sent.push(await harness.receive(owner.tenant, sessionId, text));
  await receive('first');
  await receive('second');
  await eventually(() => expect(held).toHaveLength(2));
  await harness.call('updateWebhook', owner, { params: { webhookId }, body: { ordered: true } });
  await receive('third');
  await receive('fourth');
  await eventually(async () => expect(await deliveriesOf(owner, webhookId)).toHaveLength(4));
  receiver.behave(answerWith(204));
  for (const response of held) response.writeHead(204).end();
  await eventually(() => expect(receiver.accepted).toHaveLength(4));
  const arrived = receiver.all.map(({ payload }) => payload.id);
  // The first two went out beside each other.
  expect([arrived.slice(0, 2).toSorted(), arrived.slice(2)]).toEqual([sent.slice(0, 2).toSorted(), sent.slice(2)]);
});
