import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AnswerOf, bulkSend, getCampaign, ServiceReply } from '@wam/contracts';
import { subjects, userPrincipal } from '@wam/contracts';
import { createSilentLogger, newUlid, newUuid, type Service } from '@wam/service-kit';
import {
  connectNats,
  createRequester,
  ensureStreams,
  type NatsConnection,
  type Requester,
} from '@wam/service-kit/nats';
import { createDatabase, sql } from '@wam/service-kit/postgres';
import { createTestDatabase, eventually, startTestNats, type TestDatabase, type TestNats } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reservationSeconds } from '../src/dispatch/take-recipients.ts';
import { createDispatcher, loadDispatcherConfig } from '../src/index.ts';
import {
  answerAsAnalytics,
  answerAsAuth,
  answerAsEngine,
  type CommandRecord,
  type CountedQuota,
  countStored,
  newSession,
  notOnWhatsApp,
  recordCommands,
  storedEvents,
  type TestSession,
} from './neighbours.ts';

type Report = AnswerOf<typeof bulkSend, 202>;

let bus: TestNats;
let database: TestDatabase;
let nats: NatsConnection;
let requester: Requester;
let analytics: Service;
let quota: CountedQuota;
let commands: CommandRecord;
const env: Record<string, string> = { WAM_KEK: Buffer.alloc(32, 7).toString('base64') };

const session = newSession();
const restarted = newSession();
const killed = newSession();
const silent = newSession();
const waiting = newSession('pending', session.tenant);
const others = newSession();
const limited = newSession();
const repeated = newSession();
const forgotten = newSession();

beforeAll(async () => {
  [bus, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  Object.assign(env, { NATS_URL: bus.url, DATABASE_URL: await database.asRole('dispatcher') });
  nats = await connectNats({ url: bus.url, name: 'test' });
  await ensureStreams(nats);
  requester = createRequester(nats);
  commands = recordCommands(nats);
  quota = await answerAsAuth(nats);
  const all = [session, waiting, restarted, killed, silent, others, limited, repeated, forgotten];
  analytics = await answerAsAnalytics(nats, all);
});
afterAll(async () => {
  commands?.stop();
  await analytics?.stop();
  await quota?.stop();
  requester?.close();
  await nats?.close();
  await database?.drop();
  await bus?.stop();
});

async function startDispatcher(): Promise<Service> {
  const dispatcher = createDispatcher(loadDispatcherConfig(env), { logger: createSilentLogger() });
  await dispatcher.start();
  return dispatcher;
}

function ask(operation: string, tenant: string, more: object): Promise<ServiceReply> {
  const principal = userPrincipal(tenant, 'owner@example.com', 'growth');
  const request = { operation, requestId: newUuid(), principal, params: {}, query: {}, ...more };
  return requester.request(subjects.request('dispatcher', operation), request, 40_000);
}
const bulk = (tenant: string, body: object, more: object = {}) => ask('bulkSend', tenant, { body, ...more });
const progress = (tenant: string, campaignId: string) => ask('getCampaign', tenant, { params: { campaignId } });

const numbers = (count: number) => Array.from({ length: count }, (_, i) => `91987654${String(i).padStart(4, '0')}`);

async function report(tenant: string, campaignId: string): Promise<Report> {
  const reply = await progress(tenant, campaignId);
  if (!reply.ok) throw new Error(reply.code);
  return reply.body as Report;
}
/** What a killed process had reserved and not published is taken again after `reservationSeconds`, at a look every 5 s. */
const finished = (of: TestSession, campaignId: string) =>
  eventually(
    async () => {
      const current = await report(of.tenant, campaignId);
      expect(current.pending).toBe(0);
      return current;
    },
    { timeoutMs: (reservationSeconds + 15) * 1000 },
  );

describe('a dispatcher', () => {
  it('sends every distinct number once and reports each contact in order', async () => {
    await using _dispatcher = await startDispatcher();
    const engine = answerAsEngine(nats);
    const contacts = ['919876543210', { number: notOnWhatsApp }, '919876543211', '919876543210'];
    const reply = await bulk(session.tenant, { contacts, message: 'Hello', delay: 10 });
    expect(reply).toMatchObject({
      ok: true,
      status: 200,
      body: {
        total: 4,
        sent: 3,
        failed: 1,
        results: [
          { contact: '919876543210', success: true, status: 'Sent' },
          { contact: notOnWhatsApp, success: false, status: 'Failed', error: 'Number not on WhatsApp' },
          { contact: '919876543211', success: true, status: 'Sent' },
          { contact: '919876543210', success: true, status: 'Sent' },
        ],
      },
    });
    expect(await countStored(nats, session)).toBe(3);
    expect(commands.of(session).map((command) => command.data.to)).toEqual([
      '919876543210',
      notOnWhatsApp,
      '919876543211',
    ]);
    const { campaignId } = (reply as { body: Report }).body;
    for (const command of commands.of(session)) {
      expect(command).toMatchObject({ id: command.data.messageId, data: { text: 'Hello', campaignId } });
      expect(Date.parse(command.notAfter ?? '')).toBeGreaterThan(Date.parse(command.at));
    }
    const events = await eventually(async () => {
      const stored = await storedEvents(nats, session.tenant, campaignId);
      expect(stored).toHaveLength(2);
      return stored;
    });
    expect(events).toMatchObject([
      { type: 'CampaignStarted', version: 1, data: { total: 4, delayMs: 10, sessionId: session.sessionId } },
      { type: 'CampaignCompleted', version: 2, data: { sent: 3, failed: 1 } },
    ]);
    engine.stop();
  });

  it('stopped in the middle of a campaign and started again, sends each recipient exactly once', async () => {
    const contacts = numbers(30);
    let campaignId = '';
    const engine = answerAsEngine(nats);
    // However late the middle is noticed: a session takes no more than some that are unanswered.
    engine.keepBack(restarted, 6);
    {
      await using dispatcher = await startDispatcher();
      const asked = bulk(restarted.tenant, { contacts, message: 'Once', delay: 20 });
      await eventually(async () => expect(await countStored(nats, restarted)).toBeGreaterThan(5));
      // The service stops: who waits is answered with what there is.
      await dispatcher.stop();
      const reply = await asked;
      expect(reply).toMatchObject({ ok: true, status: 202, body: { total: 30 } });
      const body = (reply as { body: Report }).body;
      expect(body.pending).toBeGreaterThan(0);
      expect(body.statusUrl).toBe(`/api/campaigns/${body.campaignId}`);
      campaignId = body.campaignId;
    }
    engine.tell(restarted);
    await using _restarted = await startDispatcher();
    expect(await finished(restarted, campaignId)).toMatchObject({ sent: 30, failed: 0 });
    expect(await countStored(nats, restarted)).toBe(30);
    expect(commands.of(restarted).map((command) => command.data.to)).toEqual(contacts);
    engine.stop();
  });

  it('killed in the middle of a campaign and started again, has every recipient stored exactly once', async () => {
    const contacts = numbers(60);
    const engine = answerAsEngine(nats);
    engine.keepBack(killed, 11);
    const victim = fork(fileURLToPath(new URL('./dispatcher-process.ts', import.meta.url)), { env, execArgv: [] });
    await once(victim, 'message');
    // Its answer dies with the process; the caller would hear SERVICE_UNAVAILABLE.
    void bulk(killed.tenant, { contacts, message: 'Once', delay: 10 });
    await eventually(async () => expect(await countStored(nats, killed)).toBeGreaterThan(10));
    const ended = once(victim, 'exit');
    victim.kill('SIGKILL');
    await ended;
    expect(await countStored(nats, killed)).toBeLessThan(60);
    engine.tell(killed);

    await using _restarted = await startDispatcher();
    const campaignId = commands.of(killed)[0]?.data.campaignId ?? '';
    expect(await finished(killed, campaignId)).toMatchObject({ total: 60, sent: 60, failed: 0 });
    expect(await countStored(nats, killed)).toBe(60);
    engine.stop();
  }, 60_000);

  it('two at once share the work without sending anything twice', async () => {
    const engine = answerAsEngine(nats);
    await using _one = await startDispatcher();
    await using _other = await startDispatcher();
    const before = await countStored(nats, session);
    const contacts = numbers(40);
    const replies = await Promise.all(
      [0, 1, 2].map(() => bulk(session.tenant, { contacts, message: 'Both', delay: 0 })),
    );
    for (const reply of replies) expect(reply).toMatchObject({ ok: true, status: 200, body: { sent: 40, failed: 0 } });
    expect(await countStored(nats, session)).toBe(before + 120);
    engine.stop();
  });

  it('without a delay never has more waiting at the engine than its share, and says what is pending', async () => {
    await using dispatcher = await startDispatcher();
    const asked = bulk(silent.tenant, { contacts: numbers(50), message: 'Nobody answers', delay: 0 });
    await eventually(async () => expect(await countStored(nats, silent)).toBe(20));
    await dispatcher.stop();
    const reply = await asked;
    expect(reply).toMatchObject({ ok: true, status: 202, body: { total: 50, sent: 0, failed: 0, pending: 50 } });
    expect((reply as { body: Report }).body.results[0]).toEqual({
      contact: numbers(1)[0],
      success: false,
      status: 'Pending',
    });
    expect(await countStored(nats, silent)).toBe(20);
  });

  it('answers at once when the pace alone takes longer than anybody waits', async () => {
    await using _dispatcher = await startDispatcher();
    const reply = await bulk(others.tenant, { contacts: numbers(3), message: 'Slowly', delay: 60_000 });
    expect(reply).toMatchObject({ ok: true, status: 202, body: { total: 3, pending: 3 } });
    // Cancelled, those who were not handed over wait for nothing.
    const { campaignId } = (reply as { body: Report }).body;
    await ask('cancelCampaign', others.tenant, { params: { campaignId } });
    const left = await report(others.tenant, campaignId);
    const { pending, cancelled, results } = left as unknown as AnswerOf<typeof getCampaign, 200>;
    expect(pending + cancelled).toBe(3);
    expect(cancelled).toBeGreaterThanOrEqual(2);
    expect(results.filter(({ status }) => status === 'Cancelled')).toHaveLength(cancelled);
  });

  it('sends no more than the daily quota has, and goes on when there is a new one', async () => {
    const engine = answerAsEngine(nats);
    quota.limits.set(limited.tenant, 7);
    await using dispatcher = await startDispatcher();
    const asked = bulk(limited.tenant, { contacts: numbers(12), message: 'Daily', delay: 0 });
    await eventually(async () => expect(await countStored(nats, limited)).toBe(7));
    const { campaignId } = commands.of(limited)[0]!.data;
    await eventually(async () =>
      expect(await report(limited.tenant, campaignId!)).toMatchObject({ sent: 7, pending: 5 }),
    );
    await dispatcher.stop();
    expect(await asked).toMatchObject({ ok: true, status: 202 });
    expect(quota.used.get(limited.tenant)).toBe(7);

    // Midnight of the account: the row says it is due, as it would after the wait.
    quota.limits.set(limited.tenant, 100);
    const db = createDatabase({ url: database.url, schema: 'dispatcher', applicationName: 'test' });
    await sql`update campaign_sender set next_at = now() where campaign_id = ${campaignId}`.execute(db);
    await sql`update session_lane set next_at = now() where session_id = ${limited.sessionId}`.execute(db);
    await db.destroy();
    await using _next = await startDispatcher();
    expect(await finished(limited, campaignId!)).toMatchObject({ sent: 12, failed: 0 });
    expect(quota.used.get(limited.tenant)).toBe(12);
    engine.stop();
  });

  it('counts each message of the day once, though answers about it are lost, and gives back what it did not need', async () => {
    const engine = answerAsEngine(nats);
    const { tenant } = forgotten;
    quota.limits.set(tenant, 30);
    quota.answersToLose = 2;
    await using _dispatcher = await startDispatcher();
    const reply = await bulk(tenant, { contacts: numbers(25), message: 'Counted', delay: 0 });
    expect(reply).toMatchObject({ ok: true, body: { total: 25, sent: 25 } });
    await eventually(() => expect(quota.used.get(tenant)).toBe(25));
    quota.answersToLose = 1;
    expect(await bulk(tenant, { contacts: numbers(5), message: 'The rest', delay: 0 })).toMatchObject({
      ok: true,
      body: { sent: 5 },
    });
    await eventually(() => expect(quota.used.get(tenant)).toBe(30));
    engine.stop();
  });

  it('carries a request out once, however often it comes under one idempotency id', async () => {
    const engine = answerAsEngine(nats);
    await using _dispatcher = await startDispatcher();
    const again = () =>
      bulk(
        repeated.tenant,
        { contacts: numbers(5), message: 'Once', delay: 0 },
        { idempotencyId: '01JD8X3M5N6P7Q8R9S0T1V2W3X' },
      );
    const replies = await Promise.all([again(), again(), again()]);
    for (const reply of replies)
      expect(reply).toMatchObject({ ok: true, body: { campaignId: 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X' } });
    await finished(repeated, 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X');
    expect(await countStored(nats, repeated)).toBe(5);
    engine.stop();
  });

  it("refuses what the session or another tenant's campaign does not allow", async () => {
    await using _dispatcher = await startDispatcher();
    const body = { contacts: ['919876543210'], message: 'Hello' };
    expect(await bulk(session.tenant, { ...body, sessionId: others.sessionId })).toMatchObject({
      ok: false,
      code: 'SESSION_NOT_FOUND',
    });
    expect(await bulk(session.tenant, { ...body, sessionId: waiting.sessionId })).toMatchObject({
      ok: false,
      code: 'SESSION_NOT_CONNECTED',
    });
    expect(await bulk(newUuid(), body)).toMatchObject({ ok: false, code: 'SESSION_NOT_CONNECTED' });

    const engine = answerAsEngine(nats);
    const started = await bulk(others.tenant, { ...body, delay: 0, contacts: numbers(2), sessionId: others.sessionId });
    const { campaignId } = (started as { body: Report }).body;
    expect(await progress(session.tenant, campaignId)).toMatchObject({ ok: false, code: 'CAMPAIGN_NOT_FOUND' });
    expect(await progress(session.tenant, `cmp_${newUlid()}`)).toMatchObject({ ok: false, code: 'CAMPAIGN_NOT_FOUND' });
    engine.stop();
  });
});
