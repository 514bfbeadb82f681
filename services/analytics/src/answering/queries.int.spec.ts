import type { SessionEvent } from '@wam/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyOf, type Harness, startHarness } from '../testing/harness.ts';
import { messageEvent, messageIdOf, sessionIdOf } from '../testing/histories.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  await harness.start();
});
afterAll(() => harness[Symbol.asyncDispose]());

let number = 0;
/** A tenant and a session that no other test sees. */
function freshAccount() {
  number += 1;
  const tenant = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return { tenant, sessionId: sessionIdOf(1000 + number), index: number * 1000 };
}
const now = (): string => new Date().toISOString();

function sessionEvent(
  type: SessionEvent['type'],
  tenant: string,
  sessionId: string,
  data: Record<string, unknown> = {},
): SessionEvent {
  number += 1;
  const envelope = { id: `s-${number}`, v: 1, version: 1, tenant, at: now(), correlationId: 'c', causationId: 'c' };
  return { ...envelope, type, data: { sessionId, ...data } } as unknown as SessionEvent;
}

/** A message through the given stages, published in that order. */
async function send(
  account: { tenant: string; sessionId: string },
  index: number,
  stages: ('accepted' | 'sent' | 'delivered' | 'read' | 'failed')[],
  acceptedAt = now(),
) {
  const ids = { sessionId: account.sessionId, messageId: messageIdOf(index), waMessageId: `3EB0${index}` };
  for (const stage of stages) {
    const event = {
      accepted: () => messageEvent('MessageAccepted', now(), { ...ids, acceptedAt, sealed: 'x' }, account.tenant),
      sent: () => messageEvent('MessageSent', now(), { ...ids, acceptedAt }, account.tenant),
      delivered: () => messageEvent('MessageDelivered', now(), ids, account.tenant),
      read: () => messageEvent('MessageRead', now(), ids, account.tenant),
      failed: () =>
        messageEvent(
          'MessageFailed',
          now(),
          { ...ids, acceptedAt, sealed: 'x', code: 'NOT_ON_WHATSAPP', reason: 'no such number' },
          account.tenant,
        ),
    }[stage]();
    await harness.publish(event);
  }
  return ids.messageId;
}
const create = ({ tenant, sessionId }: { tenant: string; sessionId: string }, name = 'Support Bot') =>
  harness.publish(sessionEvent('SessionCreated', tenant, sessionId, { name, description: 'd', network: 'sandbox' }));

describe('sessions', () => {
  it('are listed in the shape of the documentation, with their message counts', async () => {
    const account = freshAccount();
    const { tenant, sessionId, index } = account;
    await create(account);
    await harness.publish(sessionEvent('SessionConnected', tenant, sessionId, { phone: '919876543210' }));
    await send(account, index, ['accepted', 'sent', 'delivered']);
    const received = { sessionId, messageId: messageIdOf(index + 1), waMessageId: 'w', receivedAt: now() };
    await harness.publish(
      messageEvent('MessageReceived', now(), { ...received, kind: 'text', offline: false, sealed: 'x' }, tenant),
    );
    const expected = {
      sessionId,
      name: 'Support Bot',
      description: 'd',
      phone: '919876543210',
      status: 'connected',
      hasQR: false,
      messagesSent: 1,
      messagesReceived: 1,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      network: 'sandbox',
      metadata: {},
      restriction: null,
    };
    expect(bodyOf(await harness.ask('listSessions', tenant))).toEqual({ sessions: [expected], total: 1 });
    expect(bodyOf(await harness.ask('getSession', tenant, { params: { sessionId } }))).toEqual(expected);
  });

  it('have a QR code to scan until it expires', async () => {
    const account = freshAccount();
    const { tenant, sessionId } = account;
    await create(account);
    const status = async () => bodyOf(await harness.ask('getSessionStatus', tenant, { params: { sessionId } }));
    const issue = (inMs: number) =>
      harness.publish(
        sessionEvent('SessionQrIssued', tenant, sessionId, { expiresAt: new Date(Date.now() + inMs).toISOString() }),
      );
    await issue(60_000);
    expect(await status()).toEqual({ sessionId, status: 'pending', phone: null, hasQR: true });
    await issue(-1);
    expect(await status()).toMatchObject({ hasQR: false });
  });

  it('say in plain words why they are not connected', async () => {
    const account = freshAccount();
    await create(account);
    const { tenant, sessionId } = account;
    await harness.publish(sessionEvent('SessionDisconnected', tenant, sessionId, { cause: 'logged-out' }));
    expect(bodyOf(await harness.ask('getSessionStatus', tenant, { params: { sessionId } }))).toMatchObject({
      status: 'disconnected',
      reason: 'The phone unlinked this session; connect it and scan a new QR code',
    });
  });

  it('are gone once deleted', async () => {
    const account = freshAccount();
    const { tenant, sessionId } = account;
    await create(account);
    await harness.publish(sessionEvent('SessionDeleted', tenant, sessionId));
    expect(bodyOf(await harness.ask('listSessions', tenant))).toEqual({ sessions: [], total: 0 });
    expect(await harness.ask('getSession', tenant, { params: { sessionId } })).toEqual({
      ok: false,
      code: 'SESSION_NOT_FOUND',
    });
  });

  it('have a route, also right after their creation', async () => {
    const account = freshAccount();
    const { tenant, sessionId } = account;
    await create(account);
    const reply = await harness.ask('sessionRoute', tenant, { params: { sessionId } });
    expect(bodyOf(reply)).toEqual({ sessionId, network: 'sandbox', pool: 'sandbox' });
  });

  it('have a label for the events about them, also once they are deleted', async () => {
    const account = freshAccount();
    const { tenant, sessionId } = account;
    await create(account);
    const label = () => harness.ask('sessionLabel', tenant, { params: { sessionId } });
    const before = bodyOf(await label());
    expect(before).toMatchObject({ sessionId, name: expect.any(String), metadata: {} });
    await harness.publish(sessionEvent('SessionDeleted', tenant, sessionId));
    await harness.ask('listSessions', tenant);
    expect(bodyOf(await label())).toEqual(before);
  });

  it('are used by default when they are the oldest connected one', async () => {
    const account = freshAccount();
    const { tenant } = account;
    expect(await harness.ask('defaultSession', tenant)).toEqual({ ok: false, code: 'SESSION_NOT_CONNECTED' });
    const [oldest, older, newest] = [sessionIdOf(1), sessionIdOf(2), sessionIdOf(3)];
    for (const sessionId of [oldest, older, newest]) await create({ tenant, sessionId });
    for (const sessionId of [newest, older])
      await harness.publish(sessionEvent('SessionConnected', tenant, sessionId, { phone: '1' }));
    expect(bodyOf(await harness.ask('defaultSession', tenant))).toEqual({ sessionId: older });
  });
});

describe('messages', () => {
  it('show their status, recipient and timeline', async () => {
    const account = freshAccount();
    const messageId = await send(account, account.index, ['accepted', 'sent']);
    const view = bodyOf(await harness.ask('getMessage', account.tenant, { params: { messageId } }));
    expect(view).toEqual({
      messageId,
      sessionId: account.sessionId,
      direction: 'out',
      to: `9198${messageId.slice(-8)}`,
      from: null,
      status: 'sent',
      text: `Hello, this is the text of ${messageId}`,
      campaignId: null,
      timeline: {
        acceptedAt: expect.any(String),
        sentAt: expect.any(String),
        deliveredAt: null,
        readAt: null,
        failedAt: null,
      },
      error: null,
      received: null,
    });
  });

  it('that failed are listed newest first, with words a person understands', async () => {
    const account = freshAccount();
    const first = await send(account, account.index, ['accepted', 'failed']);
    const second = await send(account, account.index + 1, ['accepted', 'failed']);
    const list = async (query: object) => bodyOf(await harness.ask('listFailedMessages', account.tenant, { query }));
    expect(await list({})).toEqual({
      success: true,
      count: 2,
      messages: [second, first].map((id) => ({
        id,
        recipient: `9198${id.slice(-8)}`,
        error: 'Number not registered on WhatsApp',
        code: 'NOT_ON_WHATSAPP',
        sessionId: account.sessionId,
        timestamp: expect.any(String),
        message: 'Hello, this is the text of...',
      })),
    });
    expect(await list({ limit: 1 })).toMatchObject({ count: 1, messages: [{ id: second }] });
    expect(await list({ sessionId: sessionIdOf(1) })).toMatchObject({ count: 0 });
  });
});

describe('statistics', () => {
  it('have the fields of the documentation: totals, and one point per day with the empty ones', async () => {
    const account = freshAccount();
    await send(account, account.index, ['accepted', 'sent', 'delivered', 'read']);
    await send(account, account.index + 1, ['accepted', 'sent', 'delivered']);
    await send(account, account.index + 2, ['accepted', 'failed']);
    const { totals, chart, success } = bodyOf<{
      success: boolean;
      totals: Record<string, number>;
      chart: Record<string, unknown[]>;
    }>(await harness.ask('getMessageStats', account.tenant));
    expect(success).toBe(true);
    expect(totals).toEqual({ sent: 2, delivered: 2, read: 1, failed: 1, total: 3 });
    expect(Object.keys(chart)).toEqual(['labels', 'sent', 'delivered', 'read', 'failed']);
    for (const series of Object.values(chart)) expect(series).toHaveLength(7);
    expect(chart.labels?.every((label) => /^[A-Z][a-z]{2}, [A-Z][a-z]{2} \d{1,2}$/.test(String(label)))).toBe(true);
    expect(chart.sent).toEqual([0, 0, 0, 0, 0, 0, 2]);
    expect(chart.failed?.at(-1)).toBe(1);
  });

  it('belong to the day of the acceptance in the asked time zone', async () => {
    const account = freshAccount();
    const yesterdayUtc = new Date(Date.now() - 86_400_000);
    yesterdayUtc.setUTCHours(23, 50, 0, 0);
    await send(account, account.index, ['accepted', 'sent'], yesterdayUtc.toISOString());
    const sent = async (timeZone: string) =>
      bodyOf<{ chart: { sent: number[] } }>(
        await harness.ask('getMessageStats', account.tenant, { query: { days: 3, timeZone } }),
      ).chart.sent;
    expect(await sent('UTC')).toEqual([0, 1, 0]);
    // 23:50 UTC is the next day in Kolkata; whether that is its today or yesterday depends on the hour of this run.
    const kolkataDay = (at: Date) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Kolkata' }).format(at);
    const isToday = kolkataDay(yesterdayUtc) === kolkataDay(new Date());
    expect(await sent('Asia/Kolkata')).toEqual(isToday ? [0, 0, 1] : [0, 1, 0]);
  });

  it('can be asked for one session', async () => {
    const account = freshAccount();
    await send(account, account.index, ['accepted', 'sent']);
    await send({ ...account, sessionId: sessionIdOf(7) }, account.index + 1, ['accepted', 'sent']);
    const query = { sessionId: account.sessionId };
    expect(bodyOf(await harness.ask('getMessageStats', account.tenant, { query }))).toMatchObject({
      totals: { sent: 1 },
    });
  });

  it('are refused for a time zone that does not exist', async () => {
    const reply = await harness.ask('getMessageStats', freshAccount().tenant, { query: { timeZone: 'Mars/Olympus' } });
    expect(reply).toMatchObject({ ok: false, code: 'VALIDATION_FAILED', param: 'timeZone' });
  });

  it('count a late or repeated receipt once', async () => {
    const account = freshAccount();
    await send(account, account.index, ['read', 'delivered', 'read', 'sent', 'accepted', 'delivered', 'sent', 'read']);
    expect(bodyOf(await harness.ask('getMessageStats', account.tenant))).toMatchObject({
      totals: { sent: 1, delivered: 1, read: 1, failed: 0, total: 1 },
    });
  });
});

describe('two tenants', () => {
  it('never see anything of each other; unknown and foreign are the same answer', async () => {
    const [owner, other] = [freshAccount(), freshAccount()];
    await create(owner);
    await harness.publish(sessionEvent('SessionConnected', owner.tenant, owner.sessionId, { phone: '1' }));
    const messageId = await send(owner, owner.index, ['accepted', 'failed']);
    const asOther = (operation: string, params: Record<string, string> = {}) =>
      harness.ask(operation, other.tenant, { params });
    const { sessionId } = owner;
    const unknownSession = sessionIdOf(999_999);
    for (const operation of ['getSession', 'getSessionStatus', 'sessionRoute', 'sessionLabel'])
      expect(await asOther(operation, { sessionId })).toEqual(await asOther(operation, { sessionId: unknownSession }));
    expect(await asOther('getMessage', { messageId })).toEqual({ ok: false, code: 'MESSAGE_NOT_FOUND' });
    expect(await asOther('defaultSession')).toEqual({ ok: false, code: 'SESSION_NOT_CONNECTED' });
    expect(bodyOf(await asOther('listSessions'))).toEqual({ sessions: [], total: 0 });
    expect(bodyOf(await asOther('listFailedMessages'))).toMatchObject({ count: 0 });
    expect(bodyOf(await asOther('getMessageStats'))).toMatchObject({ totals: { failed: 0, total: 0 } });
  });

  it('may have messages of the same id without touching each other', async () => {
    const [one, two] = [freshAccount(), freshAccount()];
    const messageId = await send(one, 5, ['accepted', 'sent', 'read']);
    await send(two, 5, ['accepted']);
    const status = async (tenant: string) => bodyOf(await harness.ask('getMessage', tenant, { params: { messageId } }));
    expect(await status(one.tenant)).toMatchObject({ status: 'read' });
    expect(await status(two.tenant)).toMatchObject({ status: 'accepted' });
  });
});

describe('an event that is not understood', () => {
  it('is archived and skipped, and those behind it are projected', async () => {
    const account = freshAccount();
    const good = messageEvent(
      'MessageAccepted',
      now(),
      {
        sessionId: account.sessionId,
        messageId: messageIdOf(account.index),
        waMessageId: 'w',
        acceptedAt: now(),
        sealed: 'x',
      },
      account.tenant,
    );
    const bad = [
      { ...good, id: 'future-version', v: 2 },
      { ...good, id: 'unknown-type', type: 'MessageTeleported' },
      { ...good, id: 'no-message-id', data: { sessionId: account.sessionId } },
      {
        ...good,
        id: 'odd-text',
        type: 'MessageTeleported',
        data: { sessionId: account.sessionId, text: 'a\u0000b\ud800' },
      },
      { ...good, id: 'no-instant', at: 'yesterday' },
    ] as (typeof good)[];
    for (const event of bad) await harness.publish(event);
    const messageId = await send(account, account.index, ['accepted']);
    expect(bodyOf(await harness.ask('getMessage', account.tenant, { params: { messageId } }))).toMatchObject({
      messageId,
    });
    const archived = await harness.db
      .selectFrom('event_log')
      .select(['id', 'type', 'data'])
      .where('id', 'in', ['future-version', 'unknown-type', 'no-message-id', 'odd-text'])
      .execute();
    expect(archived).toHaveLength(4);
    expect(archived.find(({ id }) => id === 'odd-text')?.data).toMatchObject({ text: 'ab\ufffd' });
    const unreadable = await harness.db
      .selectFrom('event_log')
      .select('data')
      .where('type', '=', '$unreadable')
      .execute();
    expect(unreadable).toMatchObject([{ data: { id: 'no-instant' } }]);
  });
});
