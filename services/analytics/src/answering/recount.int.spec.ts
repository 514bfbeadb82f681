/** Every figure against one counted from the events themselves, in another way: no rows, no counters, no histograms. */
import { randomUUID } from 'node:crypto';
import type { AnyEvent, MessageEvent, SessionEvent } from '@wam/contracts';
import { createDatabase, inTransaction, type Kysely, migrate } from '@wam/service-kit/postgres';
import { createTestDatabase, type TestDatabase } from '@wam/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCampaignStats } from '../campaign/query.ts';
import { readMessageStats } from '../counters/query.ts';
import { type AnalyticsTables, schemaName } from '../database.ts';
import { readMessageLatency } from '../latency/query.ts';
import { decodeCursor } from '../message/list-cursor.ts';
import { findMessages, type MessageFilter } from '../message/list-messages.ts';
import { createShowMessage } from '../message/message-view.ts';
import { findFailedMessages } from '../message/query.ts';
import { migrations } from '../migrations.ts';
import { projectBatch } from '../projecting/project-batch.ts';
import { findSessions } from '../session/query.ts';
import {
  campaignEvent,
  campaignIdOf,
  dataOf,
  disturbed,
  interleaved,
  messageEvent,
  messageIdOf,
} from '../testing/histories.ts';
import { readSessionUptime } from '../uptime/query.ts';

let database: TestDatabase;
let db: Kysely<AnalyticsTables>;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, schema: schemaName, applicationName: 'recount', max: 2 });
  await migrate(db, { schema: schemaName, migrations });
});
afterAll(async () => {
  await db?.destroy();
  await database?.drop();
});

const [secondMs, hourMs, dayMs] = [1000, 3_600_000, 86_400_000];
const iso = (ms: number): string => new Date(ms).toISOString();
const open = (_: unknown, sealed: string) => ({ phone: sealed, text: 'Hello' });
const show = createShowMessage(() => undefined);
const contacts = ['919876500001', '919876500002'];
const sessionIds = [randomUUID(), randomUUID(), randomUUID()];
const campaignId = campaignIdOf(1);

/** Each with a moment soon after its clocks changed, or its calendar jumped; and one whose days begin between hours. */
const places = [
  ['Europe/Berlin', '2024-04-02T15:00:00.000Z'],
  ['America/New_York', '2024-11-05T03:00:00.000Z'],
  ['Australia/Lord_Howe', '2024-04-08T10:10:00.000Z'],
  ['Africa/Cairo', '2024-04-28T21:30:00.000Z'],
  ['Pacific/Apia', '2012-01-02T10:00:00.000Z'],
  ['Asia/Kathmandu', '2024-05-05T18:20:00.000Z'],
  ['UTC', '2024-02-29T23:59:59.999Z'],
] as const;

let messages = 0;
/** What a message went through, and when it was accepted: up to twelve days before `now`. */
const message = (tenant: string, now: number): fc.Arbitrary<MessageEvent[]> =>
  fc
    .record({
      incoming: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
      types: fc.subarray(
        ['MessageAccepted', 'MessageSent', 'MessageFailed', 'MessageDelivered', 'MessageRead'] as const,
        {
          minLength: 1,
        },
      ),
      age: fc.integer({ min: hourMs, max: 12 * dayMs }),
      gaps: fc.array(fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 600 * secondMs })), {
        minLength: 5,
        maxLength: 5,
      }),
      session: fc.nat(sessionIds.length - 1),
      contact: fc.nat(contacts.length - 1),
      kind: fc.constantFrom('text' as const, 'reaction' as const, 'image' as const),
      isOfCampaign: fc.boolean(),
    })
    .chain(({ incoming, types, age, gaps, session, contact, kind, isOfCampaign }) => {
      const ids = { sessionId: sessionIds[session]!, messageId: messageIdOf(++messages), waMessageId: `w${messages}` };
      const acceptedAt = iso(now - age);
      const sealed = contacts[contact]!;
      const data = dataOf(ids, { acceptedAt, campaignId: isOfCampaign ? campaignId : undefined, kind, sealed });
      let at = now - age;
      const ordered = (incoming ? (['MessageReceived'] as const) : types).map((type, i) => {
        at += gaps[i]!;
        return messageEvent(type, iso(at), data[type], tenant);
      });
      return disturbed(ordered);
    });

const told = {
  SessionConnecting: {},
  SessionConnected: { phone: '15551230001' },
  SessionReconnecting: { cause: 'connection-lost', attempt: 1, delayMs: 1 },
  SessionDisconnected: { cause: 'logged-out' },
  SessionQrIssued: { expiresAt: iso(0) },
} as const;
const sessionLife = (tenant: string, sessionId: string, now: number): fc.Arbitrary<SessionEvent[]> =>
  fc
    .array(
      fc.record({
        type: fc.constantFrom(...(Object.keys(told) as (keyof typeof told)[])),
        gap: fc.integer({ min: 1, max: 2 * dayMs }),
      }),
      { maxLength: 12 },
    )
    .map((steps) => {
      let at = now - 12 * dayMs;
      const event = (type: string, data: object): SessionEvent =>
        ({
          ...{ id: `${type}-${sessionId}-${at}`, type, v: 1, version: 1, tenant, at: iso(at) },
          ...{ correlationId: 'c', causationId: 'c', data: { sessionId, ...data } },
        }) as SessionEvent;
      const life = [event('SessionCreated', { name: 'Bot', description: '', network: 'sandbox' })];
      for (const { type, gap } of steps) {
        at += gap;
        if (at < now) life.push(event(type, told[type]));
      }
      return life;
    });

const history = fc.constantFrom(...places).chain(([timeZone, at]) => {
  const now = Date.parse(at);
  const tenant = randomUUID();
  return fc.record({
    timeZone: fc.constant<string>(timeZone),
    now: fc.constant(now),
    tenant: fc.constant(tenant),
    lists: fc.array(message(tenant, now), { minLength: 10, maxLength: 80 }),
    lives: fc.tuple(...sessionIds.map((sessionId) => sessionLife(tenant, sessionId, now))),
    picks: fc.array(fc.nat(), { minLength: 50, maxLength: 50 }),
    batch: fc.integer({ min: 1, max: 60 }),
    limit: fc.integer({ min: 1, max: 30 }),
  });
});

async function project(events: readonly AnyEvent[], batch: number): Promise<void> {
  const of = <E extends AnyEvent>(all: readonly AnyEvent[], domain: RegExp) =>
    all.filter(({ type }) => domain.test(type)) as unknown as E[];
  for (let from = 0; from < events.length; from += batch) {
    const part = events.slice(from, from + batch);
    const known = { message: of<MessageEvent>(part, /^Message/), session: of<SessionEvent>(part, /^Session/) };
    const campaign = of<ReturnType<typeof campaignEvent>>(part, /^Campaign/);
    await inTransaction(db, (trx) => projectBatch(trx, { ...known, campaign }, open));
  }
}

/** What a person would say who reads the events of one message. */
interface Fate {
  messageId: string;
  sessionId: string;
  direction: 'in' | 'out';
  status: string;
  acceptedAt: string | undefined;
  countedAt: string;
  failedAt: string;
  contact: string | undefined;
  isOfCampaign: boolean;
  isReceived: boolean;
  first: (type: string) => number | undefined;
}
function fatesOf(events: readonly MessageEvent[]): Fate[] {
  return [...Map.groupBy(events, ({ data }) => data.messageId)].map(([messageId, all]) => {
    const first = (type: string) => {
      const found = all.filter((event) => event.type === type).map(({ at }) => Date.parse(at));
      return found.length === 0 ? undefined : Math.min(...found);
    };
    const has = (type: string) => first(type) !== undefined;
    const said = <T>(name: string) =>
      all.map(({ data }) => (data as Record<string, unknown>)[name]).find((value) => value !== undefined) as
        | T
        | undefined;
    const incoming = has('MessageReceived');
    const acceptedAt = said<string>('acceptedAt') ?? said<string>('receivedAt');
    const outcome = ['Read', 'Delivered', 'Failed', 'Sent'].find((type) => has(`Message${type}`)) ?? 'Accepted';
    return {
      messageId,
      sessionId: all[0]!.data.sessionId,
      direction: incoming ? 'in' : 'out',
      status: incoming ? 'received' : outcome.toLowerCase(),
      acceptedAt,
      countedAt: acceptedAt ?? all.map(({ at }) => at).sort()[0]!,
      failedAt: iso(first('MessageFailed') ?? 0),
      contact: said<string>('sealed'),
      isOfCampaign: said('campaignId') !== undefined,
      isReceived: incoming && said('kind') !== 'reaction',
      first: (type) => (type === 'accepted' ? acceptedAt && Date.parse(acceptedAt) : first(type)) || undefined,
    };
  });
}

const isSent = ({ status }: Fate) => ['sent', 'delivered', 'read'].includes(status);
const isDelivered = ({ status }: Fate) => ['delivered', 'read'].includes(status);
const countsOf = (fates: readonly Fate[]) => ({
  sent: fates.filter(isSent).length,
  delivered: fates.filter(isDelivered).length,
  read: fates.filter(({ status }) => status === 'read').length,
  failed: fates.filter(({ status }) => status === 'failed').length,
});

/** The last days that the calendar on the wall has shown, oldest first. */
function daysUntil(now: number, count: number, timeZone: string): string[] {
  const wall = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  const today = wall.format(now);
  return Array.from({ length: count }, (_, i) => iso(Date.parse(today) - (count - 1 - i) * dayMs).slice(0, 10));
}

async function expectStats(fates: readonly Fate[], of: { tenant: string; now: number; timeZone: string }) {
  const wall = new Intl.DateTimeFormat('en-CA', { timeZone: of.timeZone, dateStyle: 'short' });
  for (const sessionId of [undefined, sessionIds[0]]) {
    const mine = fates.filter((fate) => sessionId === undefined || fate.sessionId === sessionId);
    const days = daysUntil(of.now, 9, of.timeZone);
    const perDay = days.map((day) =>
      countsOf(mine.filter(({ countedAt }) => wall.format(Date.parse(countedAt)) === day)),
    );
    const query = { days: days.length, timeZone: of.timeZone, ...(sessionId && { sessionId }) };
    const { chart, totals } = await readMessageStats(db, of.tenant, query, of.now);
    for (const name of ['sent', 'delivered', 'read', 'failed'] as const) {
      const expected = perDay.map((counts) => counts[name]);
      expect({ name, figures: chart[name] }).toEqual({ name, figures: expected });
      expect(totals[name]).toBe(expected.reduce((sum, n) => sum + n, 0));
    }
    expect(totals.total).toBe(totals.sent + totals.failed);
    expect(chart.labels.at(-1)).toBe(
      new Date(`${days.at(-1)}T12:00:00Z`).toLocaleDateString('en-US', {
        ...{ timeZone: 'UTC', weekday: 'short', month: 'short', day: 'numeric' },
      }),
    );
  }
}

async function expectLatency(fates: readonly Fate[], { tenant, now }: { tenant: string; now: number }) {
  const answer = await readMessageLatency(db, tenant, { days: 31 }, now);
  for (const [name, from, to] of [
    ['acceptedToSent', 'accepted', 'MessageSent'],
    ['sentToDelivered', 'MessageSent', 'MessageDelivered'],
    ['deliveredToRead', 'MessageDelivered', 'MessageRead'],
  ] as const) {
    const elapsed = fates
      .filter((fate) => fate.acceptedAt !== undefined && fate.direction === 'out')
      .flatMap(({ first }) => {
        const [begun, ended] = [first(from), first(to)];
        return begun === undefined || ended === undefined ? [] : [Math.max(0, ended - begun)];
      })
      .sort((a, b) => a - b);
    expect(answer[name].count).toBe(elapsed.length);
    for (const percent of [50, 95, 99] as const) {
      const exact = elapsed[Math.ceil((elapsed.length * percent) / 100) - 1];
      const shown = answer[name][`p${percent}Ms`];
      if (exact === undefined) expect(shown).toBeNull();
      // To the millisecond, which is all of a short one.
      else expect(Math.abs(shown! - exact)).toBeLessThanOrEqual(0.095 * exact + 1);
    }
  }
}

/** Second after second would take too long: the events are the only moments at which anything changes. */
async function expectUptime(life: readonly SessionEvent[], { tenant, now }: { tenant: string; now: number }) {
  const days = 8;
  const from = now - days * dayMs;
  const moments = [...life.map(({ at, type }) => ({ at: Date.parse(at), type })), { at: now, type: 'now' }];
  let connectedMs = 0;
  let interruptions = 0;
  let isUp = false;
  for (const [i, { at, type }] of moments.entries()) {
    const before = moments[i - 1]?.at ?? at;
    if (isUp) connectedMs += Math.max(0, at - Math.max(before, from));
    const stays = ['SessionCreated', 'SessionQrIssued', 'now'].includes(type);
    if (isUp && !stays && type !== 'SessionConnected' && at > from) interruptions++;
    if (!stays) isUp = type === 'SessionConnected';
  }
  const { sessionId } = life[0]!.data;
  const answer = await readSessionUptime(db, tenant, { sessionId, days }, now);
  expect(answer).toMatchObject({ connectedMs, interruptions });
  expect(answer!.uptime).toBeCloseTo(connectedMs / (days * dayMs), 5);
  expect(answer!.connectedSince !== null).toBe(isUp);
}

async function allPages(tenant: string, filter: MessageFilter): Promise<string[]> {
  const found: string[] = [];
  for (let after: MessageFilter['after']; ; ) {
    const page = await findMessages(db, tenant, { ...filter, ...(after && { after }) }, show);
    expect(page.data.length).toBeLessThanOrEqual(filter.limit);
    found.push(...page.data.map(({ messageId }) => messageId));
    if (page.nextCursor === null) return found;
    after = decodeCursor(page.nextCursor)!;
  }
}

async function expectLists(
  fates: readonly Fate[],
  { tenant, now, limit }: { tenant: string; now: number; limit: number },
) {
  const filters: Omit<MessageFilter, 'limit'>[] = [];
  for (const status of [undefined, 'accepted', 'sent', 'failed', 'delivered', 'read'] as const)
    for (const sessionId of [undefined, sessionIds[1]!])
      for (const recipient of [undefined, contacts[0]!])
        filters.push({
          direction: 'out',
          ...(status && { status }),
          ...(sessionId && { sessionId }),
          ...(recipient && { recipient }),
        });
  filters.push({ direction: 'in' }, { direction: 'in', since: iso(now - 9 * dayMs), until: iso(now - 4 * dayMs) });
  for (const filter of filters) {
    const { direction, status, sessionId, recipient, since = iso(0), until = iso(now) } = filter;
    const expected = fates
      .filter((fate) => fate.acceptedAt !== undefined && fate.direction === direction)
      .filter((fate) => status === undefined || fate.status === status)
      .filter((fate) => sessionId === undefined || fate.sessionId === sessionId)
      .filter((fate) => recipient === undefined || fate.contact === recipient)
      .filter((fate) => fate.acceptedAt! >= since && fate.acceptedAt! < until)
      .sort((a, b) => (`${a.acceptedAt}${a.messageId}` < `${b.acceptedAt}${b.messageId}` ? 1 : -1));
    const found = await allPages(tenant, { ...filter, limit });
    expect({ filter, found }).toEqual({ filter, found: expected.map(({ messageId }) => messageId) });
  }
  const failed = fates
    .filter(({ status }) => status === 'failed')
    .sort((a, b) => (`${a.failedAt}${a.messageId}` < `${b.failedAt}${b.messageId}` ? 1 : -1));
  const answer = await findFailedMessages(db, tenant, { limit });
  expect(answer.messages.map(({ id }) => id)).toEqual(failed.slice(0, limit).map(({ messageId }) => messageId));
}

test('every figure equals a recount of the events, whatever their order and repetition, on days of 23, 24 and 25 hours', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ timeZone, now, tenant, lists, lives, picks, batch, limit }) => {
      const campaign = { ...campaignEvent(1, 'CampaignCreated', { campaignId, name: '', total: 9 }), tenant };
      const events = interleaved<AnyEvent>([...lists, ...lives, [campaign]], picks);
      await project(events, batch);
      const fates = fatesOf(lists.flat());
      const of = { tenant, now, timeZone, limit };
      await expectStats(fates, of);
      await expectLatency(fates, of);
      for (const life of lives) await expectUptime(life, of);
      await expectLists(fates, of);
      const { sessions } = await findSessions(db, tenant, now);
      for (const sessionId of sessionIds) {
        const mine = fates.filter((fate) => fate.sessionId === sessionId);
        expect(sessions.find((session) => session.sessionId === sessionId)).toMatchObject({
          messagesSent: mine.filter(isSent).length,
          messagesReceived: mine.filter(({ isReceived }) => isReceived).length,
        });
      }
      const ofCampaign = fates.filter(({ isOfCampaign }) => isOfCampaign);
      expect((await readCampaignStats(db, tenant, campaignId))?.messages).toEqual(countsOf(ofCampaign));
    }),
    { numRuns: Number(process.env.RUNS ?? 12), endOnFailure: true },
  );
});
