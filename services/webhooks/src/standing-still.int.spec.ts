/** A process that stands still (SIGSTOP, a paused machine) until another has taken its work over, and goes on then. */
import { readCheckpoint } from '@wam/event-store';
import { inTransaction, sql } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkpointName } from './fan-out/write-batches.ts';
import { type Harness, newAccount, startHarness } from './testing/harness.ts';
import { answerWith, type Behaviour, type Receiver, startReceiver } from './testing/receiver.ts';
import { type CreatedWebhook, createActions } from './testing/webhook-actions.ts';
import { spawnWebhooks } from './testing/webhook-process.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});
const { createWebhook, createSession } = createActions(() => harness);

async function transactionsThatWait(): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
    where application_name = 'wam-webhooks' and wait_event_type = 'Lock'`.execute(harness.db);
  return rows[0]?.count ?? 0;
}

it('nothing is lost when it stood still in the transaction that writes, and what it still had in hand undoes nothing', async () => {
  await using receiver = await startReceiver();
  const arrived = () => [...new Set(receiver.accepted.map(({ payload }) => payload.id))].toSorted();
  const owner = newAccount();
  const { tenant } = owner;
  const env = { ...harness.env, WEBHOOK_LEASE: '1s' };
  await using first = spawnWebhooks(env);
  // A process takes its time to start on a busy machine.
  await eventually(async () => expect(await readCheckpoint(harness.db, checkpointName)).toBeDefined(), {
    timeoutMs: 60_000,
  });
  const sessionId = await createSession(owner);
  let created: CreatedWebhook | undefined;
  await eventually(async () => {
    created ??= await createWebhook(owner, receiver);
  });
  const webhookId = created!.webhookId;
  const rows = harness.db.selectFrom('delivery').select(['event_id', 'status', 'attempts']).orderBy('position');
  const sent: string[] = [];
  const receive = async (text: string) => void sent.push(await harness.receive(tenant, sessionId, text));
  await receive('by the first');
  await eventually(() => expect(arrived()).toEqual(sent));

  const held: Parameters<Behaviour>[0][] = [];
  receiver.behave((response) => void held.push(response));
  await receive('under way');
  await eventually(() => expect(held).not.toEqual([]));
  // Its row is written without the answer.
  await eventually(async () => expect(await rows.execute()).toHaveLength(2));
  await inTransaction(harness.db, async (trx) => {
    await sql`select 1 from checkpoint for update`.execute(trx);
    await receive('within the transaction that writes it');
    await eventually(async () => expect(await transactionsThatWait()).toBe(1));
    first.freeze();
  });
  receiver.behave(answerWith(204));
  const second = await harness.start({ env });
  await receive('by the second');
  await eventually(() => expect(arrived()).toEqual(sent), { timeoutMs: 30_000 });

  // These answers would switch the webhook off, had they come to who serves it.
  for (const response of held) await new Promise<void>((resolve) => response.writeHead(410).end(resolve));
  first.thaw();
  await receive('by either');
  await eventually(() => expect(arrived()).toEqual(sent), { timeoutMs: 30_000 });
  await second.stop();
  await receive('by the first again');
  await eventually(() => expect(arrived()).toEqual(sent), { timeoutMs: 30_000 });

  await eventually(async () =>
    expect(await rows.execute()).toEqual(sent.map((id) => ({ event_id: id, status: 'delivered', attempts: 1 }))),
  );
  const webhook = harness.db.selectFrom('webhook').select(['status', 'failing_since']).where('id', '=', webhookId);
  expect(await webhook.executeTakeFirst()).toEqual({ status: 'active', failing_since: null });
});

/** An account with a webhook, to which one event is under way. */
async function underWay(receiver: Receiver) {
  const owner = newAccount();
  // A process takes its time to start on a busy machine.
  const { webhookId } = await eventually(() => createWebhook(owner, receiver, { eventTypes: ['message.received'] }), {
    timeoutMs: 60_000,
  });
  const sessionId = await createSession(owner);
  const held: Parameters<Behaviour>[0][] = [];
  receiver.behave((response) => void held.push(response));
  await harness.receive(owner.tenant, sessionId, 'under way');
  await eventually(() => expect(held).toHaveLength(1), { timeoutMs: 30_000 });
  const ofWebhook = harness.db.selectFrom('webhook').where('id', '=', webhookId);
  const deliveries = harness.db.selectFrom('delivery').where('webhook_id', '=', webhookId);
  return { webhookId, response: held[0]!, ofWebhook, deliveries: deliveries.select(['status', 'attempts']) };
}

it('an attempt that ended while it stood still is none', async () => {
  await using receiver = await startReceiver();
  await using only = spawnWebhooks({ ...harness.env, WEBHOOK_LEASE: '1s' });
  const { response, ofWebhook, deliveries } = await underWay(receiver);
  only.freeze();
  const isOver = ofWebhook.select(sql<boolean>`leased_until < now()`.as('isOver'));
  await eventually(async () => expect(await isOver.executeTakeFirst()).toEqual({ isOver: true }));
  receiver.behave(answerWith(204));
  // It is there already when the process goes on.
  const closed = new Promise((resolve) => response.socket?.once('close', resolve));
  response.socket?.resetAndDestroy();
  await closed;
  only.thaw();
  await eventually(async () => expect(await deliveries.execute()).toMatchObject([{ status: 'delivered' }]), {
    timeoutMs: 30_000,
  });
  // Had it counted as a failure, this would be the second one.
  expect(await deliveries.execute()).toEqual([{ status: 'delivered', attempts: 1 }]);
});

it('an answer to who serves the webhook no more is recorded, and switches nothing off', async () => {
  await using receiver = await startReceiver();
  // So long that it does not look whether it still has the lease.
  const former = await harness.start({ env: { WEBHOOK_LEASE: '60s' } });
  const { webhookId, response, ofWebhook, deliveries } = await underWay(receiver);
  await harness.db.updateTable('webhook').set({ leased_by: 'another' }).where('id', '=', webhookId).execute();
  response.writeHead(410).end();
  await eventually(async () => expect(await deliveries.execute()).toEqual([{ status: 'failed', attempts: 1 }]));
  // When it has stopped it has done whatever it does about the answer.
  await former.stop();
  const webhook = await ofWebhook.select(['status', 'failing_since']).executeTakeFirst();
  expect(webhook).toEqual({ status: 'active', failing_since: null });
});
