import type { AnswerOf, CampaignView, listCampaignEvents, listCampaignRecipients } from '@wam/contracts';
import type { Service } from '@wam/service-kit';
import { newUuid } from '@wam/service-kit';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignHarness, numbers, startCampaignHarness } from './campaign-harness.ts';
import {
  answerAsEngine,
  newSession,
  notOnWhatsApp,
  outcomeEvent,
  storedEvents,
  type TestEngine,
} from './neighbours.ts';

const fast = { messagesPerMinute: 6000, burst: 20, jitter: 0 };
const own = Array.from({ length: 13 }, () => newSession());
const pair = newUuid();
const twins = [newSession('connected', pair), newSession('connected', pair)];
const restricted = '19990000004';

let harness: CampaignHarness;
let dispatcher: Service;
let engine: TestEngine;
/** Codes by which the engine fails the messages to a number. */
const failing = new Map<string, string>([[restricted, 'RECIPIENT_RESTRICTED']]);

beforeAll(async () => {
  harness = await startCampaignHarness([...own, ...twins]);
  engine = answerAsEngine(harness.nats, (command) => outcomeEvent(command, failing.get(command.data.to)));
  dispatcher = await harness.start();
});
afterAll(async () => {
  await dispatcher?.stop();
  engine?.stop();
  await harness?.[Symbol.asyncDispose]();
});

const create = (tenant: string, body: object) =>
  harness.get<CampaignView>('createCampaign', tenant, { body: { message: 'Hello', pace: fast, ...body } });
const steer = (verb: string, tenant: string, campaignId: string) =>
  harness.ask(`${verb}Campaign`, tenant, { params: { campaignId } });
const recipients = (tenant: string, campaignId: string, query: object = {}) =>
  harness.get<AnswerOf<typeof listCampaignRecipients, 200>>('listCampaignRecipients', tenant, {
    params: { campaignId },
    query,
  });
const history = (tenant: string, campaignId: string) =>
  harness.get<AnswerOf<typeof listCampaignEvents, 200>>('listCampaignEvents', tenant, { params: { campaignId } });
const typesOf = async (tenant: string, campaignId: string) =>
  (await history(tenant, campaignId)).data.map(({ type }) => type).filter((type) => type !== 'CampaignProgressed');

describe('a campaign', () => {
  it('is a draft until it is started, fills in the values of each contact, and tells its history', async () => {
    const { tenant } = own[0]!;
    const contacts = [
      { number: '919876543210', name: 'Asha' },
      { number: '919876543211', name: 'Ravi' },
      { number: '919876543210', name: 'Asha again' },
      { number: '919876543212' },
    ];
    const draft = await create(tenant, { name: 'Sale', message: 'Hello {{name}}', contacts });
    expect(draft).toMatchObject({
      name: 'Sale',
      status: 'draft',
      total: 2,
      pending: 2,
      problems: { bad: 1, duplicates: 1, optedOut: 0 },
    });
    const { campaignId } = draft;
    expect(harness.commands.of(own[0]!)).toEqual([]);
    expect(await steer('start', tenant, campaignId)).toMatchObject({ ok: true, body: { status: 'running' } });
    await harness.until(tenant, campaignId, { status: 'completed', sent: 2, failed: 0, pending: 0 });
    expect(await harness.campaign(tenant, campaignId)).toMatchObject({ message: 'Hello {{name}}' });
    expect(harness.commands.of(own[0]!).map(({ data }) => [data.to, data.text])).toEqual([
      ['919876543210', 'Hello Asha'],
      ['919876543211', 'Hello Ravi'],
    ]);
    expect(await typesOf(tenant, campaignId)).toEqual(['CampaignCreated', 'CampaignStarted', 'CampaignCompleted']);
    await eventually(async () => {
      const events = await storedEvents(harness.nats, tenant, campaignId);
      expect(events.map(({ type, version }) => [type, version])).toEqual([
        ['CampaignCreated', 1],
        ['CampaignStarted', 2],
        ['CampaignCompleted', 3],
      ]);
    });
    const { data } = await recipients(tenant, campaignId);
    expect(data).toMatchObject([
      { number: '919876543210', state: 'sent', sessionId: own[0]!.sessionId, error: null },
      { number: '919876543211', state: 'sent' },
    ]);
  });

  it('says to those without a value what stands in for it', async () => {
    const { tenant } = own[11]!;
    const contacts = [{ number: '919876543220', name: 'Asha' }, '919876543221', { number: '919876543222', name: '' }];
    const { campaignId } = await create(tenant, { message: 'Hello {{ name | friend }}!', contacts, start: true });
    await harness.until(tenant, campaignId, { status: 'completed', sent: 3 });
    const texts = harness.commands.of(own[11]!).map(({ data }) => data.text);
    expect(texts).toEqual(['Hello Asha!', 'Hello friend!', 'Hello friend!']);
  });

  it('is not made with braces that nobody can fill', async () => {
    const { tenant } = own[0]!;
    const body = { message: 'Hello {{name, your order is here', contacts: numbers(1) };
    expect(await harness.ask('createCampaign', tenant, { body })).toMatchObject({
      ok: false,
      code: 'VALIDATION_FAILED',
      param: 'message',
      message: expect.stringContaining('{{name, your'),
    });
  });

  it('paused in the middle sends nothing further, and resumed goes on exactly where it stopped', async () => {
    const { tenant } = own[1]!;
    const contacts = numbers(60);
    engine.keepBack(own[1]!, 10);
    const { campaignId } = await create(tenant, { contacts, start: true });
    await eventually(async () => expect(harness.commands.of(own[1]!).length).toBeGreaterThan(10));
    const paused = await steer('pause', tenant, campaignId);
    expect(paused).toMatchObject({ ok: true, body: { status: 'paused', reason: { code: 'PAUSED_ON_REQUEST' } } });
    engine.tell(own[1]!);
    // What was handed over is ended; nothing else is.
    const stopped = await eventually(async () => {
      const { data } = await recipients(tenant, campaignId, { state: 'queued' });
      expect(data).toEqual([]);
      return harness.campaign(tenant, campaignId);
    });
    expect(stopped.sent).toBe(harness.commands.of(own[1]!).length);
    expect(stopped.sent).toBeLessThan(60);
    expect(await steer('resume', tenant, campaignId)).toMatchObject({ ok: true, body: { status: 'running' } });
    await harness.until(tenant, campaignId, { status: 'completed', sent: 60 });
    expect(harness.commands.of(own[1]!).map(({ data }) => data.to)).toEqual(contacts);
  });

  it('paused after a question for messages of the day whose answer was lost leaves none of them counted', async () => {
    const { tenant } = own[12]!;
    harness.quota.limits.set(tenant, 100);
    harness.quota.answersToLose = Number.POSITIVE_INFINITY;
    const { campaignId } = await create(tenant, { contacts: numbers(5), start: true });
    await eventually(() => expect(harness.quota.used.get(tenant)).toBe(5));
    expect(await steer('pause', tenant, campaignId)).toMatchObject({ ok: true });
    harness.quota.answersToLose = 0;
    await eventually(() => expect(harness.quota.used.get(tenant)).toBe(0));
    expect(harness.commands.of(own[12]!)).toEqual([]);
  });

  it('that is cancelled leaves out whoever was not sent to, and cannot be started again', async () => {
    const { tenant } = own[2]!;
    const pace = { messagesPerMinute: 60, burst: 3, jitter: 0 };
    const { campaignId } = await create(tenant, { contacts: numbers(50), pace, start: true });
    await eventually(async () => expect(harness.commands.of(own[2]!).length).toBeGreaterThan(0));
    expect(await steer('cancel', tenant, campaignId)).toMatchObject({ ok: true, body: { status: 'cancelled' } });
    // What its session had been given is still sent.
    const cancelled = await harness.until(tenant, campaignId, { pending: 0 });
    expect(cancelled.sent).toBe(harness.commands.of(own[2]!).length);
    expect(cancelled.sent + cancelled.cancelled).toBe(50);
    expect(await steer('start', tenant, campaignId)).toMatchObject({ ok: false, code: 'CAMPAIGN_STATE' });
    expect(await steer('resume', tenant, campaignId)).toMatchObject({ ok: false, code: 'CAMPAIGN_STATE' });
    const { data } = await recipients(tenant, campaignId, { state: 'cancelled', limit: 1000 });
    expect(data).toHaveLength(cancelled.cancelled);
  });

  it('retries the failed recipients only, as new messages', async () => {
    const { tenant } = own[3]!;
    const [flaky] = numbers(1, 500);
    failing.set(flaky!, 'SEND_FAILED');
    const contacts = [...numbers(5), flaky!, notOnWhatsApp];
    const { campaignId } = await create(tenant, { contacts, start: true });
    await harness.until(tenant, campaignId, { status: 'completed', sent: 5, failed: 2 });
    failing.delete(flaky!);
    expect(await steer('retry', tenant, campaignId)).toMatchObject({
      ok: true,
      body: { status: 'running', failed: 0, pending: 2 },
    });
    await harness.until(tenant, campaignId, { status: 'completed', sent: 6, failed: 1 });
    const sent = harness.commands.of(own[3]!).map(({ data }) => data);
    expect(sent.map(({ to }) => to)).toEqual([...contacts, flaky, notOnWhatsApp]);
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(9);
    expect(await recipients(tenant, campaignId, { state: 'failed' })).toMatchObject({
      data: [{ number: notOnWhatsApp, error: { code: 'NOT_ON_WHATSAPP' } }],
    });
  });

  it('without recipients, or when none failed, has nothing to start or to retry', async () => {
    const { tenant } = own[3]!;
    const { campaignId } = await create(tenant, {});
    expect(await steer('start', tenant, campaignId)).toMatchObject({ ok: false, code: 'CAMPAIGN_EMPTY' });
    expect(await harness.ask('createCampaign', tenant, { body: { message: 'Hello', start: true } })).toMatchObject({
      ok: false,
      code: 'CAMPAIGN_EMPTY',
    });
  });

  it('of which no row can be used is refused with the first of them and what is wrong with each', async () => {
    const { tenant } = own[3]!;
    const contacts = [{ number: numbers(1)[0]! }, { number: '12' }];
    const body = { message: 'Hello {{ name }}', contacts, start: true };
    const refused = await harness.ask('createCampaign', tenant, { body });
    const details = {
      bad: 2,
      duplicates: 0,
      optedOut: 0,
      rows: [
        { row: 1, kind: 'bad', reason: expect.stringContaining('name') },
        { row: 2, kind: 'bad', reason: expect.stringContaining('country code') },
      ],
    };
    expect(refused).toMatchObject({ ok: false, code: 'CAMPAIGN_EMPTY', details });
    expect(refused).toMatchObject({ message: expect.stringContaining('None of its 2 rows can be used. Row 1: ') });
    const { campaignId } = await create(tenant, { message: 'Hello {{ name }}', contacts });
    expect(await steer('start', tenant, campaignId)).toMatchObject({ code: 'CAMPAIGN_EMPTY', details });
  });

  it('waits for its time and its sending hours', async () => {
    const { tenant } = own[4]!;
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const scheduled = await create(tenant, { contacts: numbers(2), schedule: { startAt }, start: true });
    expect(scheduled).toMatchObject({ status: 'scheduled', schedule: { startAt } });
    const elsewhere = { startAt: '2999-01-15T16:00:00+05:30' };
    expect(await create(tenant, { contacts: numbers(2), schedule: elsewhere, start: true })).toMatchObject({
      status: 'scheduled',
      schedule: { startAt: '2999-01-15T10:30:00.000Z' },
    });
    const soon = await create(tenant, {
      contacts: numbers(2),
      schedule: { startAt: new Date(Date.now() + 300).toISOString() },
      start: true,
    });
    await harness.until(tenant, soon.campaignId, { status: 'completed', sent: 2 });
    const now = new Date();
    const hour = (offset: number) => `${String((now.getUTCHours() + offset) % 24).padStart(2, '0')}:00`;
    const closed = await create(tenant, {
      contacts: numbers(2),
      schedule: { timeZone: 'UTC', sendBetween: { from: hour(2), to: hour(3) } },
      start: true,
    });
    const open = await create(tenant, {
      contacts: numbers(2),
      schedule: { timeZone: 'UTC', sendBetween: { from: hour(0), to: hour(2) } },
      start: true,
    });
    await harness.until(tenant, open.campaignId, { status: 'completed', sent: 2 });
    const opens = new Date(now);
    opens.setUTCHours(now.getUTCHours() + 2, 0, 0, 0);
    expect(await harness.campaign(tenant, closed.campaignId)).toMatchObject({
      ...{ status: 'running', sent: 0, nextSendAt: opens.toISOString() },
    });
    expect(await harness.campaign(tenant, open.campaignId)).toMatchObject({ nextSendAt: null });
    expect(await harness.campaign(tenant, scheduled.campaignId)).toMatchObject({
      ...{ status: 'scheduled', sent: 0, nextSendAt: startAt },
    });
    expect(
      await harness.ask('createCampaign', tenant, {
        body: { message: 'Hello', schedule: { timeZone: 'Europe/Atlantis' } },
      }),
    ).toMatchObject({ ok: false, code: 'VALIDATION_FAILED', param: 'schedule.timeZone' });
  });

  it('pauses itself when WhatsApp restricts its session, and goes on by itself when that is over; one refused recipient is no restriction', async () => {
    const { tenant } = own[5]!;
    const contacts = [...numbers(3), restricted, ...numbers(40, 100)];
    engine.keepBack(own[5]!, 5);
    const { campaignId } = await create(tenant, { contacts, start: true });
    await harness.until(tenant, campaignId, { sent: 4, failed: 1 });
    const until = '2999-01-01T00:00:00.000Z';
    await harness.publish(own[5]!, 'session', 'SessionRestricted', { until });
    const paused = await harness.until(tenant, campaignId, { status: 'paused' });
    expect(paused.reason).toMatchObject({ code: 'SESSION_RESTRICTED', message: expect.stringContaining(until) });
    engine.tell(own[5]!);
    expect(await typesOf(tenant, campaignId)).toEqual(['CampaignCreated', 'CampaignStarted', 'CampaignPaused']);
    expect(await steer('resume', tenant, campaignId)).toMatchObject({ ok: false, code: 'SESSION_RESTRICTED' });
    expect(await steer('start', tenant, (await create(tenant, { contacts: numbers(1) })).campaignId)).toMatchObject({
      ok: false,
      code: 'SESSION_RESTRICTED',
    });
    await harness.publish(own[5]!, 'session', 'SessionUnrestricted', {});
    await harness.until(tenant, campaignId, { status: 'completed', sent: 43, failed: 1 });
  });

  it('pauses itself when too many of its messages fail', async () => {
    const { tenant } = own[6]!;
    const contacts = numbers(200, 1000);
    for (const number of contacts.slice(10)) failing.set(number, 'NOT_ON_WHATSAPP');
    const { campaignId } = await create(tenant, { contacts, start: true });
    const paused = await harness.until(tenant, campaignId, { status: 'paused' });
    expect(paused.reason?.code).toBe('CAMPAIGN_FAILING');
    expect(paused.pending).toBeGreaterThan(0);
  });

  it('pauses itself when its session is lost, and goes on by itself when it is back', async () => {
    const session = own[7]!;
    engine.keepBack(session, 5);
    const { campaignId } = await create(session.tenant, { contacts: numbers(60), start: true });
    await eventually(async () => expect(harness.commands.of(session).length).toBeGreaterThan(5));
    await harness.publish(session, 'session', 'SessionDisconnected', { cause: 'logged-out' });
    const paused = await harness.until(session.tenant, campaignId, { status: 'paused' });
    expect(paused.reason?.code).toBe('SESSION_NOT_CONNECTED');
    engine.tell(session);
    expect(await steer('resume', session.tenant, campaignId)).toMatchObject({
      ok: false,
      code: 'SESSION_NOT_CONNECTED',
    });
    await harness.publish(session, 'session', 'SessionConnected', { phone: '1' });
    await harness.until(session.tenant, campaignId, { status: 'completed', sent: 60 });
    expect(new Set(harness.commands.of(session).map(({ data }) => data.to)).size).toBe(60);
  });

  it('is given nothing while its session is between two connections', async () => {
    const session = own[8]!;
    await harness.publish(session, 'session', 'SessionConnected', { phone: '1' });
    await harness.publish(session, 'session', 'SessionReconnecting', {
      cause: 'connection-lost',
      attempt: 1,
      delayMs: 1,
    });
    const other = await create(own[9]!.tenant, { contacts: numbers(1), start: true });
    await harness.until(own[9]!.tenant, other.campaignId, { status: 'completed' });
    const { campaignId } = await create(session.tenant, { contacts: numbers(3), start: true });
    expect(await harness.campaign(session.tenant, campaignId)).toMatchObject({ status: 'running', sent: 0 });
    expect(harness.commands.of(session)).toEqual([]);
    await harness.publish(session, 'session', 'SessionConnected', { phone: '1' });
    await harness.until(session.tenant, campaignId, { status: 'completed', sent: 3 });
  });

  it('shared by two sessions is sent by both, each recipient once', async () => {
    const contacts = numbers(200);
    const { campaignId, sessionIds } = await create(pair, {
      contacts,
      sessionIds: twins.map(({ sessionId }) => sessionId),
      start: true,
    });
    expect(sessionIds).toEqual(twins.map(({ sessionId }) => sessionId));
    await harness.until(pair, campaignId, { status: 'completed', sent: 200 });
    const [one, other] = twins.map((session) => harness.commands.of(session).map(({ data }) => data.to));
    expect(one!.length).toBeGreaterThan(0);
    expect(other!.length).toBeGreaterThan(0);
    expect([...one!, ...other!].sort()).toEqual(contacts);
  });

  it('whose message the session could not send in time gives it back, and sends it later under another id', async () => {
    const session = own[10]!;
    const [late] = numbers(1, 700);
    failing.set(late!, 'MESSAGE_EXPIRED');
    const { campaignId } = await create(session.tenant, { contacts: [late!, ...numbers(2)], start: true });
    await eventually(async () => {
      const attempts = harness.commands.of(session).filter(({ data }) => data.to === late);
      expect(attempts.length).toBeGreaterThan(1);
    });
    failing.delete(late!);
    await harness.until(session.tenant, campaignId, { status: 'completed', sent: 3, failed: 0 });
  });

  it("is another tenant's: the same 404 as one that does not exist, whatever is asked", async () => {
    const { campaignId } = await create(own[11]!.tenant, { contacts: numbers(1) });
    const stranger = own[0]!.tenant;
    for (const operation of [
      'getCampaign',
      'startCampaign',
      'pauseCampaign',
      'resumeCampaign',
      'cancelCampaign',
      'retryCampaign',
      'listCampaignRecipients',
      'listCampaignEvents',
    ]) {
      const reply = await harness.ask(operation, stranger, { params: { campaignId } });
      expect(reply, operation).toMatchObject({ ok: false, code: 'CAMPAIGN_NOT_FOUND' });
    }
    const { data } = await harness.get<{ data: CampaignView[] }>('listCampaigns', stranger);
    expect(data.map((each) => each.campaignId)).not.toContain(campaignId);
  });

  it('is listed newest first, page by page, and by its status', async () => {
    const tenant = own[3]!.tenant;
    const all = await harness.get<{ data: CampaignView[] }>('listCampaigns', tenant, { query: { limit: 100 } });
    const ids = all.data.map(({ campaignId }) => campaignId);
    expect(ids).toEqual([...ids].sort().reverse());
    const first = await harness.get<{ data: CampaignView[]; nextCursor: string }>('listCampaigns', tenant, {
      query: { limit: 1 },
    });
    const second = await harness.get<{ data: CampaignView[]; hasMore: boolean }>('listCampaigns', tenant, {
      query: { limit: 1, cursor: first.nextCursor },
    });
    expect([...first.data, ...second.data].map(({ campaignId }) => campaignId)).toEqual(ids.slice(0, 2));
    const drafts = await harness.get<{ data: CampaignView[] }>('listCampaigns', tenant, { query: { status: 'draft' } });
    expect(drafts.data.every(({ status }) => status === 'draft')).toBe(true);
    expect(await harness.ask('listCampaigns', tenant, { query: { cursor: 'bm9uc2Vuc2U' } })).toMatchObject({
      ok: false,
      code: 'VALIDATION_FAILED',
      param: 'cursor',
    });
  });
});
