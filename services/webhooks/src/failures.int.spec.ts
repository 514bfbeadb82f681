/** Receivers that fail for hours, in virtual time; the sockets, the bus and the database are real. */
import type { WebhookView } from '@wam/contracts';
import { VirtualClock } from '@wam/service-kit';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBacklog } from './delivery/backlog-watch.ts';
import { type Harness, newAccount, startHarness } from './testing/harness.ts';
import {
  answerWith,
  type Behaviour,
  flood,
  hang,
  type Receiver,
  reset,
  startReceiver,
  trickle,
} from './testing/receiver.ts';
import { createActions } from './testing/webhook-actions.ts';

const hour = 3_600_000;
const clock = new VirtualClock(Date.now());
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  // The hours are virtual, the attempts are not: they end on real sockets.
  await harness.start({ clock, env: { WEBHOOK_TIMEOUT: '1s' } });
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});
const { createWebhook, deliveriesOf, createSession } = createActions(() => harness);

/** Time goes on until it holds; everything real that is due on the way happens. */
const asTimePasses = (byMs: number, assertion: () => void | Promise<void>, timeoutMs = 30_000) =>
  eventually(
    async () => {
      await clock.advance(byMs);
      await assertion();
    },
    { timeoutMs, intervalMs: 5 },
  );
const downFor = async (ms: number) => {
  const end = clock.now() + ms;
  await asTimePasses(60_000, () => expect(clock.now()).toBeGreaterThanOrEqual(end));
};
const idsOf = (received: Receiver['all']) => received.map(({ payload }) => payload.id);

describe('a receiver that is down for an hour', () => {
  const failures: [string, Behaviour][] = [
    ['resets', reset],
    ['answers 500', answerWith(500)],
    ['answers 429 with Retry-After', answerWith(429, { 'retry-after': '300' })],
    ['redirects', answerWith(307, { location: 'http://127.0.0.1:1/' })],
    ['never answers', hang],
    ['answers byte by byte', trickle],
    ['answers 500 with 100 MB', flood(500)],
  ];
  it.each(failures)('and %s gets every event once it is up', async (_, failure) => {
    await using receiver = await startReceiver();
    receiver.behave(failure);
    const owner = newAccount();
    const sessionId = await createSession(owner);
    const { webhookId } = await createWebhook(owner, receiver);
    const sent: string[] = [];
    for (let i = 0; i < 100; i++) sent.push(await harness.receive(owner.tenant, sessionId, `message ${i}`));
    await downFor(hour);
    expect(receiver.accepted).toEqual([]);
    expect(receiver.peak).toBeLessThanOrEqual(16);
    // The breaker has kept it from being asked thousands of times.
    expect(receiver.all.length).toBeLessThan(150);
    await eventually(async () =>
      expect(await harness.call('getWebhook', owner, { params: { webhookId } })).toMatchObject({
        status: 'active',
        failingSince: expect.any(String),
      }),
    );
    // What waits for it is no backlog of ours.
    expect(await readBacklog(harness.db, new Date(clock.now()))).toMatchObject({ due: 0, failing: 1 });
    receiver.behave(answerWith(200));
    await asTimePasses(60_000, () => expect(new Set(idsOf(receiver.accepted)).size).toBe(sent.length));
    expect(idsOf(receiver.accepted).toSorted()).toEqual(sent.toSorted());
    await eventually(async () =>
      expect(await harness.call('getWebhook', owner, { params: { webhookId } })).toMatchObject({ failingSince: null }),
    );
  });
});

describe('one delivery that fails', () => {
  it('is tried eight times over about 28 hours, then it is a dead letter that can be sent again', async () => {
    await using receiver = await startReceiver();
    receiver.behave((response) => response.writeHead(500).end('broken <html>'));
    const owner = newAccount();
    const sessionId = await createSession(owner);
    const { webhookId } = await createWebhook(owner, receiver);
    const startedAt = clock.now();
    const id = await harness.receive(owner.tenant, sessionId, 'x');
    const only = async () => (await deliveriesOf(owner, webhookId))[0];
    for (let attempts = 1; attempts <= 8; attempts++) {
      // Attempts are real: hardly any time goes by for them.
      await asTimePasses(1_000, async () => expect(await only()).toMatchObject({ eventId: id, attempts }));
      const dueAt = (await only())?.nextAttemptAt ?? undefined;
      if (dueAt !== undefined) await clock.advance(Date.parse(dueAt) - clock.now());
    }
    expect(await only()).toMatchObject({ status: 'failed', attempts: 8, nextAttemptAt: null, httpStatus: 500 });
    const hours = (clock.now() - startedAt) / hour;
    expect(hours).toBeGreaterThan(25);
    expect(hours).toBeLessThan(31);
    const [dead] = await deliveriesOf(owner, webhookId, { status: 'failed' });
    const params = { webhookId, deliveryId: dead!.deliveryId };
    const shown = await harness.call<{ history: object[]; body: object }>('getWebhookDelivery', owner, { params });
    expect(shown.body).toMatchObject({ id, type: 'message.received', data: { text: 'x' } });
    expect(shown.history).toHaveLength(8);
    expect(shown.history[0]).toMatchObject({ number: 1, httpStatus: 500, bodyExcerpt: 'broken <html>' });

    receiver.behave(answerWith(200));
    await harness.call('resendWebhookDelivery', owner, { params });
    await asTimePasses(1_000, async () =>
      expect(await deliveriesOf(owner, webhookId)).toEqual([
        expect.objectContaining({ status: 'delivered', attempts: 9, error: null }),
      ]),
    );
    expect(idsOf(receiver.accepted)).toEqual([id]);
  });

  it('does not hold back others, unless order was asked for: then those of its session, and they follow in order', async () => {
    await using free = await startReceiver();
    await using strict = await startReceiver();
    const owner = newAccount();
    const [one, two] = [await createSession(owner), await createSession(owner)];
    await createWebhook(owner, free);
    await createWebhook(owner, strict, { ordered: true });
    const refuseFirst: Behaviour = (response, { body }) =>
      void response.writeHead(body.includes('first') ? 500 : 200).end();
    free.behave(refuseFirst);
    strict.behave(refuseFirst);
    const ids = [await harness.receive(owner.tenant, one, 'first')];
    for (let i = 0; i < 5; i++) ids.push(await harness.receive(owner.tenant, one, `later ${i}`));
    const other = await harness.receive(owner.tenant, two, 'of another session');
    await asTimePasses(1_000, () => expect(free.accepted).toHaveLength(6));
    await asTimePasses(1_000, () => expect(idsOf(strict.accepted)).toEqual([other]));
    strict.behave(answerWith(200));
    await asTimePasses(60_000, () => expect(strict.accepted).toHaveLength(7));
    expect(idsOf(strict.accepted)).toEqual([other, ...ids]);
  });
});

it('a receiver that fails for five days is switched off, its owner is told, and resuming delivers what waited', async () => {
  await using dead = await startReceiver();
  await using other = await startReceiver();
  dead.behave(answerWith(500));
  const owner = newAccount();
  const { tenant } = owner;
  const sessionId = await createSession(owner);
  const { webhookId } = await createWebhook(owner, dead);
  await createWebhook(owner, other, { eventTypes: ['webhook.disabled'] });
  const params = { webhookId };
  const isOff = async () => (await harness.call<WebhookView>('getWebhook', owner, { params })).status === 'disabled';
  // A day's events each day: there is always something to try, until it is switched off, which a busy machine comes to see a little later.
  for (let day = 0; day < 6 && !(await isOff()); day++) {
    const tried = dead.all.length;
    await harness.receive(tenant, sessionId, `day ${day}`);
    await asTimePasses(60_000, async () => expect(dead.all.length > tried || (await isOff())).toBe(true));
    const end = clock.now() + 24 * hour;
    await asTimePasses(2 * hour, () => expect(clock.now()).toBeGreaterThanOrEqual(end));
  }
  await asTimePasses(60_000, async () =>
    expect(await harness.call('getWebhook', owner, { params })).toMatchObject({
      status: 'disabled',
      disabledReason: 'failing',
    }),
  );
  await asTimePasses(1_000, () => expect(other.accepted).toHaveLength(1));
  expect(other.all[0]?.payload).toMatchObject({
    type: 'webhook.disabled',
    data: { webhookId, reason: 'failing', failingSince: expect.any(String) },
  });
  dead.behave(answerWith(200));
  await harness.call('resumeWebhook', owner, { params });
  const replayed = await harness.call<{ queued: number }>('replayWebhook', owner, {
    params,
    body: { since: new Date(0).toISOString() },
  });
  expect(replayed.queued).toBeGreaterThan(0);
  await asTimePasses(60_000, () => expect(new Set(idsOf(dead.accepted)).size).toBeGreaterThanOrEqual(5));
  await asTimePasses(60_000, async () =>
    expect(await deliveriesOf(owner, webhookId, { status: 'pending' })).toEqual([]),
  );
});

it('what is older than the log keeps is forgotten, and so is everything of a deleted webhook', async () => {
  await using receiver = await startReceiver();
  const owner = newAccount();
  const sessionId = await createSession(owner);
  const { webhookId: kept } = await createWebhook(owner, receiver);
  const { webhookId: deleted } = await createWebhook(owner, receiver);
  receiver.behave(answerWith(500));
  await harness.receive(owner.tenant, sessionId, 'old');
  await eventually(() => expect(receiver.all).toHaveLength(2));
  receiver.behave(answerWith(200));
  await asTimePasses(1_000, async () =>
    expect(await deliveriesOf(owner, deleted)).toEqual([expect.objectContaining({ status: 'delivered' })]),
  );
  await harness.call('deleteWebhook', owner, { params: { webhookId: deleted } });
  const rows = (webhookId: string) =>
    harness.db.selectFrom('attempt').select('number').where('webhook_id', '=', webhookId).execute();
  await asTimePasses(10 * 60_000, async () => expect(await rows(deleted)).toEqual([]));
  expect(await deliveriesOf(owner, kept)).toHaveLength(1);
  await asTimePasses(24 * hour, async () => expect(await deliveriesOf(owner, kept)).toEqual([]));
  expect(await rows(kept)).toEqual([]);
});
