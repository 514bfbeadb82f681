/** What happens to a webhook while attempts are under way: by its owner, by its receiver, by the database. */
import type { Principal, WebhookView } from '@wam/contracts';
import { createSilentLogger, systemClock, VirtualClock } from '@wam/service-kit';
import { inTransaction, sql } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AttemptResult } from './delivery/delivery-table.ts';
import { renewLeases } from './delivery/lease-table.ts';
import { createResultWriter } from './delivery/result-writer.ts';
import { pruneDeliveries } from './delivery-log/prune-deliveries.ts';
import { type Harness, newAccount, startHarness } from './testing/harness.ts';
import { answerWith, type Behaviour, type Receiver, startReceiver } from './testing/receiver.ts';
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
const idsOf = (receiver: Receiver) => receiver.all.map(({ payload }) => payload.id);
const shown = (owner: Principal, webhookId: string) =>
  harness.call<WebhookView>('getWebhook', owner, { params: { webhookId } });

/** An account with a webhook, to which one event is under way. */
async function underWay(receiver: Receiver) {
  const owner = newAccount();
  const sessionId = await createSession(owner);
  const created = await createWebhook(owner, receiver, { eventTypes: ['message.received'] });
  const held: Parameters<Behaviour>[0][] = [];
  receiver.behave((response) => void held.push(response));
  const eventId = await harness.receive(owner.tenant, sessionId, 'under way');
  await eventually(() => expect(held).toHaveLength(1));
  return { ...created, owner, sessionId, eventId, held, response: held[0]! };
}

it('paused and resumed during an attempt, a webhook gets no second one beside it', async () => {
  await using receiver = await startReceiver();
  const { owner, webhookId, sessionId, eventId, held } = await underWay(receiver);
  const params = { webhookId };
  await harness.call('pauseWebhook', owner, { params });
  await harness.call('resumeWebhook', owner, { params });
  const next = await harness.receive(owner.tenant, sessionId, 'next');
  await eventually(async () => expect(await deliveriesOf(owner, webhookId)).toHaveLength(2));
  receiver.behave(answerWith(204));
  // Whoever delivers may have heard of both at once: then the next one is under way too.
  for (const response of held) response.writeHead(204).end();
  await eventually(async () =>
    expect(await deliveriesOf(owner, webhookId, { status: 'delivered' })).toMatchObject([
      { attempts: 1 },
      { attempts: 1 },
    ]),
  );
  expect(idsOf(receiver)).toEqual([eventId, next]);
});

it('the receiver that a webhook had before cannot switch it off, and its refusal is no attempt', async () => {
  await using former = await startReceiver();
  await using present = await startReceiver();
  const { owner, webhookId, eventId, response } = await underWay(former);
  await harness.call('updateWebhook', owner, { params: { webhookId }, body: { url: present.url } });
  response.writeHead(410).end();
  await eventually(() => expect(idsOf(present)).toEqual([eventId]));
  await eventually(async () =>
    expect(await deliveriesOf(owner, webhookId)).toMatchObject([{ status: 'delivered', attempts: 1 }]),
  );
  await eventually(async () =>
    expect(await shown(owner, webhookId)).toMatchObject({ status: 'active', failingSince: null }),
  );
});

it('a receiver that recovers while the database is away is not remembered as failing', async () => {
  await using receiver = await startReceiver();
  const owner = newAccount();
  const sessionId = await createSession(owner);
  const { webhookId } = await createWebhook(owner, receiver, { eventTypes: ['message.received'] });
  receiver.behave(answerWith(500));
  await harness.receive(owner.tenant, sessionId, 'refused');
  await eventually(async () => expect((await shown(owner, webhookId)).failingSince).not.toBeNull());
  receiver.behave(answerWith(204));
  await inTransaction(harness.db, async (trx) => {
    await sql`select 1 from webhook where id = ${webhookId} for update`.execute(trx);
    await harness.receive(owner.tenant, sessionId, 'taken');
    await eventually(async () => {
      const { rows } = await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'wam-webhooks' and wait_event_type = 'Lock'`.execute(harness.db);
      if (rows.length === 0) throw new Error('not written yet');
    });
  });
  await eventually(async () => expect((await shown(owner, webhookId)).failingSince).toBeNull(), { timeoutMs: 30_000 });
});

it('a webhook whose secret cannot be opened stands still alone, and goes on once it can', async () => {
  await using broken = await startReceiver();
  await using sound = await startReceiver();
  const owner = newAccount();
  const sessionId = await createSession(owner);
  const { webhookId } = await createWebhook(owner, broken);
  await createWebhook(owner, sound);
  const row = harness.db.selectFrom('webhook').select('sealed_secret').where('id', '=', webhookId);
  const sealed = (await row.executeTakeFirstOrThrow()).sealed_secret;
  const damaged = Buffer.from(sealed);
  damaged[damaged.length - 1]! ^= 1;
  const write = (secret: Buffer) =>
    harness.db.updateTable('webhook').set({ sealed_secret: secret }).where('id', '=', webhookId).execute();
  await write(damaged);
  const sent: string[] = [];
  for (const text of ['one', 'two', 'three']) {
    sent.push(await harness.receive(owner.tenant, sessionId, text));
    await eventually(() => expect(idsOf(sound)).toEqual(sent));
  }
  expect(broken.all).toEqual([]);
  await write(sealed);
  await eventually(() => expect(idsOf(broken).toSorted()).toEqual(sent.toSorted()), { timeoutMs: 30_000 });
});

it('two rotations at the same moment give two secrets that both sign', async () => {
  await using receiver = await startReceiver();
  const owner = newAccount();
  const sessionId = await createSession(owner);
  const { webhookId } = await createWebhook(owner, receiver, { eventTypes: ['message.received'] });
  const rotate = () =>
    harness.call<{ secret: string }>('rotateWebhookSecret', owner, { params: { webhookId }, body: {} });
  const secrets = await Promise.all([rotate(), rotate()]);
  await harness.receive(owner.tenant, sessionId, 'x');
  await eventually(() => expect(receiver.accepted).toHaveLength(1));
  for (const { secret } of secrets) receiver.verify(receiver.all[0]!, secret);
});

it('a webhook whose row is locked holds up the lease of no other, and is not lost', async () => {
  await using receiver = await startReceiver();
  const owner = newAccount();
  const [locked, free] = [await createWebhook(owner, receiver), await createWebhook(owner, receiver)];
  const ids = [locked.webhookId, free.webhookId, 'wh_none'];
  const lease = { leased_by: 'me', leased_until: new Date(Date.now() + 60_000) };
  await harness.db.updateTable('webhook').set(lease).where('id', 'in', ids).execute();
  await inTransaction(harness.db, async (trx) => {
    await sql`select 1 from webhook where id = ${locked.webhookId} for update`.execute(trx);
    const { renewed, lost } = await renewLeases(harness.db, { owner: 'me', leaseMs: 60_000 }, ids);
    expect(renewed.map(({ id }) => id)).toEqual([free.webhookId]);
    expect(lost).toEqual(['wh_none']);
  });
});

it('who found the table too far behind is called when it has caught up', async () => {
  const writer = createResultWriter({ db: harness.db, clock: systemClock, logger: createSilentLogger() });
  const result = (deliveryId: string): AttemptResult => ({
    ...{ webhookId: 'wh_none', deliveryId, number: 1, tries: 1, dueAtMs: 0, atMs: 0, httpStatus: 204, durationMs: 1 },
    ...{ error: null, sealedExcerpt: null, status: 'delivered', nextAttemptAtMs: null },
  });
  const { promise: called, resolve: call } = Promise.withResolvers<void>();
  expect(writer.hasRoom(call)).toBe(true);
  const written = Array.from({ length: 1_000 }, (_, n) => writer.write(result(`dlv_${n}`), false));
  expect(writer.hasRoom(call)).toBe(false);
  await called;
  expect(writer.hasRoom(call)).toBe(true);
  await Promise.all(written);
});

it('a webhook that could not be switched off goes on, and is switched off by the next answer', async () => {
  await using receiver = await startReceiver();
  const { owner, webhookId, response } = await underWay(receiver);
  receiver.behave(answerWith(410));
  await inTransaction(harness.db, async (trx) => {
    await sql`select 1 from webhook where id = ${webhookId} for update`.execute(trx);
    response.writeHead(410).end();
    await eventually(async () => {
      const { rows } = await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'wam-webhooks' and wait_event_type = 'Lock' and query like '%disabled_reason%'`.execute(
        harness.db,
      );
      if (rows.length === 0) throw new Error('not tried yet');
    });
  });
  await eventually(
    async () => expect(await shown(owner, webhookId)).toMatchObject({ status: 'disabled', disabledReason: 'gone' }),
    { timeoutMs: 30_000 },
  );
});

it('what was fanned out before its webhook was deleted, and written after that was cleaned up, is removed too', async () => {
  await using receiver = await startReceiver();
  const owner = newAccount();
  const { webhookId } = await createWebhook(owner, receiver);
  await harness.call('deleteWebhook', owner, { params: { webhookId } });
  const clock = new VirtualClock(Date.now());
  const prune = async (afterMinutes: number) => {
    await clock.advance(afterMinutes * 60_000);
    await pruneDeliveries({ db: harness.db, clock, retentionMs: 86_400_000 });
  };
  await prune(1);
  const event = { tenant: owner.tenant, event_id: 'evt_late', type: 'message.received', sealed_body: Buffer.alloc(0) };
  const state = { ordered: false, status: 'pending' as const, created_at: new Date(), next_attempt_at: new Date() };
  await harness.db
    .insertInto('delivery')
    .values({ webhook_id: webhookId, id: 'dlv_late', ...event, ...state })
    .execute();
  await prune(10);
  const deliveries = harness.db.selectFrom('delivery').select('id').where('webhook_id', '=', webhookId);
  const webhooks = harness.db.selectFrom('webhook').select('id').where('id', '=', webhookId);
  expect([await deliveries.execute(), await webhooks.execute()]).toEqual([[], []]);
});
