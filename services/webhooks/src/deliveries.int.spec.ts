/** From the event log to the receiver, on a real NATS, a real Postgres and real sockets. */
import type { Principal, WebhookView } from '@wam/contracts';
import { sql } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBacklog } from './delivery/backlog-watch.ts';
import { type Harness, newAccount, startHarness } from './testing/harness.ts';
import { answerWith, hang, startReceiver } from './testing/receiver.ts';
import { type CreatedWebhook, createActions } from './testing/webhook-actions.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});

const { createWebhook, deliveriesOf, createSession } = createActions(() => harness);

describe('with one process', () => {
  beforeAll(async () => {
    await harness.start();
  });

  it('an event arrives once, signed, with its session and both identifiers of the sender', async () => {
    await using receiver = await startReceiver();
    const owner = newAccount();
    const sessionId = await createSession(owner, { metadata: { customer: '4711' } });
    const { webhookId, secret } = await createWebhook(owner, receiver, {
      eventTypes: ['message.received'],
      headers: { 'X-Api-Key': 'k-123' },
    });
    const id = await harness.receive(owner.tenant, sessionId, 'Grüße 👋');
    await eventually(() => expect(receiver.accepted).toHaveLength(1));
    const [received] = receiver.all;
    expect(receiver.verify(received!, secret)).toMatchObject({
      id,
      type: 'message.received',
      sessionId,
      session: { sessionId, name: 'Bot', phone: '15551230001', lid: '99', metadata: { customer: '4711' } },
      data: { sessionId, from: '919876543210', lid: '777', text: 'Grüße 👋' },
    });
    expect(received?.headers).toMatchObject({
      'x-api-key': 'k-123',
      'webhook-id': id,
      'content-type': 'application/json',
      'user-agent': expect.stringContaining('WAMessenger'),
    });
    await eventually(async () =>
      expect(await deliveriesOf(owner, webhookId)).toEqual([
        expect.objectContaining({ eventId: id, status: 'delivered', attempts: 1, httpStatus: 204, error: null }),
      ]),
    );
  });

  it('a webhook is told of the types and the session it asked for, and of no other account', async () => {
    await using all = await startReceiver();
    await using some = await startReceiver();
    await using strangers = await startReceiver();
    const [owner, stranger] = [newAccount(), newAccount()];
    const [one, two] = [await createSession(owner), await createSession(owner)];
    await createWebhook(stranger, strangers);
    await createWebhook(owner, all, { eventTypes: ['message.received', 'session.connected'] });
    await createWebhook(owner, some, { sessionId: two });
    await harness.receive(owner.tenant, one, 'to one');
    await harness.publish({
      type: 'SessionConnected',
      tenant: owner.tenant,
      data: { sessionId: two, phone: '15551230001' },
    });
    await harness.receive(owner.tenant, two, 'to two');
    await eventually(() => expect(all.accepted).toHaveLength(3));
    await eventually(() => expect(some.accepted).toHaveLength(2));
    expect(some.all.every(({ payload }) => payload.sessionId === two)).toBe(true);
    expect(strangers.all).toEqual([]);
  });

  it('what a test key made is told of sandbox sessions only, and is not seen by other test keys of other accounts', async () => {
    await using receiver = await startReceiver();
    const owner = newAccount();
    const testKey: Principal = { ...owner, mode: 'test' };
    const live = await createSession(owner, { network: 'whatsapp' });
    const sandbox = await createSession(owner);
    const { webhookId } = await createWebhook(testKey, receiver, { eventTypes: ['message.received'] });
    const { webhookId: ofOwner } = await createWebhook(owner, receiver, { eventTypes: ['session.deleted'] });
    await harness.receive(owner.tenant, live, 'secret');
    await harness.receive(owner.tenant, sandbox, 'play');
    await eventually(() => expect(receiver.accepted).toHaveLength(1));
    expect(receiver.all[0]?.payload).toMatchObject({ sessionId: sandbox });
    const seen = await harness.call<{ webhooks: WebhookView[] }>('listWebhooks', testKey);
    expect(seen.webhooks.map((webhook) => webhook.webhookId)).toEqual([webhookId]);
    expect(await harness.ask('getWebhook', testKey, { params: { webhookId: ofOwner } })).toMatchObject({
      code: 'WEBHOOK_NOT_FOUND',
    });
  });

  it('paused, events wait; resumed, they arrive', async () => {
    await using receiver = await startReceiver();
    const owner = newAccount();
    const sessionId = await createSession(owner);
    const { webhookId } = await createWebhook(owner, receiver);
    const params = { webhookId };
    expect(await harness.call('pauseWebhook', owner, { params })).toMatchObject({ status: 'paused' });
    for (const text of ['one', 'two']) await harness.receive(owner.tenant, sessionId, text);
    await eventually(async () => expect(await deliveriesOf(owner, webhookId)).toHaveLength(2));
    expect(receiver.all).toEqual([]);
    await harness.call('resumeWebhook', owner, { params });
    await eventually(() => expect(receiver.accepted).toHaveLength(2));
  });

  it('a replay sends again what its range of time holds, and nothing else', async () => {
    await using receiver = await startReceiver();
    const owner = newAccount();
    const sessionId = await createSession(owner);
    const { webhookId } = await createWebhook(owner, receiver);
    const ids: string[] = [];
    for (let n = 1; n <= 3; n++) {
      ids.push(await harness.receive(owner.tenant, sessionId, `message ${n}`));
      await eventually(async () =>
        expect((await deliveriesOf(owner, webhookId, { status: 'delivered' })).length).toBe(n),
      );
    }
    const [last, middle] = await deliveriesOf(owner, webhookId);
    const range = { since: middle?.createdAt, until: last?.createdAt };
    const params = { webhookId };
    // None of them has failed.
    expect(await harness.call('replayWebhook', owner, { params, body: range })).toEqual({ webhookId, queued: 0 });
    expect(await harness.call('replayWebhook', owner, { params, body: { ...range, status: 'all' } })).toEqual({
      ...{ webhookId, queued: 1 },
    });
    await eventually(() => expect(receiver.accepted.map(({ payload }) => payload.id)).toEqual([...ids, ids[1]]));
  });

  it('what is due and not made yet counts as backlog', async () => {
    await using receiver = await startReceiver();
    receiver.behave(hang);
    const owner = newAccount();
    const sessionId = await createSession(owner);
    await createWebhook(owner, receiver);
    for (let i = 0; i < 3; i++) await harness.receive(owner.tenant, sessionId, `message ${i}`);
    await eventually(async () => expect((await readBacklog(harness.db, new Date())).due).toBe(3));
    expect((await readBacklog(harness.db, new Date(Date.now() + 60_000))).oldestSeconds).toBeGreaterThan(59);
  });

  it('after a rotation both secrets sign, as long as they overlap', async () => {
    await using receiver = await startReceiver();
    const owner = newAccount();
    const sessionId = await createSession(owner);
    const { webhookId, secret: first } = await createWebhook(owner, receiver);
    const params = { webhookId };
    const { secret: second } = await harness.call<CreatedWebhook>('rotateWebhookSecret', owner, {
      params,
      body: { overlapHours: 24 },
    });
    await harness.receive(owner.tenant, sessionId, 'x');
    await eventually(() => expect(receiver.accepted).toHaveLength(1));
    for (const secret of [first, second]) expect(receiver.verify(receiver.all[0]!, secret)).toBeDefined();
    const { secret: third } = await harness.call<CreatedWebhook>('rotateWebhookSecret', owner, {
      params,
      body: { overlapHours: 0 },
    });
    // A running delivery looks at its webhook again within the renewal of its lease.
    await eventually(async () => {
      await harness.receive(owner.tenant, sessionId, 'y');
      const last = receiver.all.at(-1)!;
      expect(receiver.verify(last, third)).toBeDefined();
      expect(() => receiver.verify(last, second)).toThrow();
    });
  });

  it('410 disables the webhook and tells the others of the account', async () => {
    await using gone = await startReceiver();
    await using other = await startReceiver();
    const owner = newAccount();
    const sessionId = await createSession(owner);
    gone.behave(answerWith(410));
    const { webhookId } = await createWebhook(owner, gone);
    await createWebhook(owner, other, { eventTypes: ['webhook.disabled'] });
    await harness.receive(owner.tenant, sessionId, 'x');
    await eventually(() => expect(other.accepted).toHaveLength(1));
    expect(other.all[0]?.payload).toMatchObject({ type: 'webhook.disabled', data: { webhookId, reason: 'gone' } });
    expect(await harness.call('getWebhook', owner, { params: { webhookId } })).toMatchObject({
      status: 'disabled',
      disabledReason: 'gone',
    });
    await harness.receive(owner.tenant, sessionId, 'y');
    expect(gone.all).toHaveLength(1);
    expect(
      await harness.ask('replayWebhook', owner, { params: { webhookId }, body: { since: new Date(0) } }),
    ).toMatchObject({ code: 'WEBHOOK_DISABLED' });
  });

  it('a plan without webhooks switches them off, a plan with them on again, or paused as they were', async () => {
    await using receiver = await startReceiver();
    const owner = newAccount();
    const { tenant } = owner;
    const { webhookId } = await createWebhook(owner, receiver);
    const { webhookId: paused } = await createWebhook(owner, receiver);
    await harness.call('pauseWebhook', owner, { params: { webhookId: paused } });
    const status = async (of = webhookId) => harness.call('getWebhook', owner, { params: { webhookId: of } });
    const changePlan = async (features: string[]) => {
      harness.plans.set(tenant, { features, webhooks: 5 });
      await harness.publish({ type: 'PlanChanged', tenant, data: { accountId: tenant, from: 'a', to: 'b' } });
    };
    await changePlan([]);
    await eventually(async () => expect(await status()).toMatchObject({ status: 'disabled', disabledReason: 'plan' }));
    await changePlan(['webhooks']);
    await eventually(async () => expect(await status()).toMatchObject({ status: 'active', disabledReason: null }));
    expect(await status(paused)).toMatchObject({ status: 'paused', disabledReason: null });
  });

  it('a type that is rare in a long log is found page by page, and what waits is listed with and without order', async () => {
    await using receiver = await startReceiver();
    const owner = newAccount();
    const { webhookId } = await createWebhook(owner, receiver);
    await harness.call('pauseWebhook', owner, { params: { webhookId } });
    await sql`
      insert into delivery (tenant, webhook_id, id, event_id, type, sealed_body, ordered, status, created_at)
      select ${owner.tenant}, ${webhookId}, 'dlv_' || lpad(n::text, 26, '0'), 'e' || n,
        case n when 1 then 'message.received' else 'message.status' end, '', false,
        case n when 2 then 'pending' else 'delivered' end, now()
      from generate_series(1, 20500) as n`.execute(harness.db);
    const query = { type: 'message.received' };
    const read = (cursor?: string) =>
      harness.call<{ data: { eventId: string }[]; hasMore: boolean; nextCursor: string | null }>(
        'listWebhookDeliveries',
        owner,
        { params: { webhookId }, query: cursor === undefined ? query : { ...query, cursor } },
      );
    const found: string[] = [];
    let pages = 0;
    for (let cursor: string | undefined; pages === 0 || cursor !== undefined; pages++) {
      const page = await read(cursor);
      found.push(...page.data.map(({ eventId }) => eventId));
      expect(page.hasMore).toBe(page.nextCursor !== null);
      cursor = page.nextCursor ?? undefined;
    }
    expect([found, pages]).toEqual([['e1'], 3]);
    expect(await deliveriesOf(owner, webhookId, { status: 'pending' })).toMatchObject([{ eventId: 'e2' }]);
    await harness.call('updateWebhook', owner, { params: { webhookId }, body: { ordered: true } });
    expect(await deliveriesOf(owner, webhookId, { status: 'pending' })).toMatchObject([{ eventId: 'e2' }]);
  });
});
