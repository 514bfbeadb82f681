/** What somebody does to a campaign at a moment that does not suit: nothing is lost, and the figures stay true. */
import type { CampaignView } from '@wam/contracts';
import { type Clock, type Service, systemClock } from '@wam/service-kit';
import { createDatabase, sql } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DispatcherTables, schemaName } from '../src/storage/tables.ts';
import { type CampaignHarness, numbers, startCampaignHarness } from './campaign-harness.ts';
import { answerAsEngine, newSession, outcomeEvent, storedEvents, type TestSession } from './neighbours.ts';

const pace = { messagesPerMinute: 6000, burst: 20, jitter: 0 };
const [uploading, early, cancelling, pausing] = [newSession(), newSession(), newSession(), newSession()];

let harness: CampaignHarness;
let dispatcher: Service;
let aheadMs = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
beforeAll(async () => {
  harness = await startCampaignHarness([uploading, early, cancelling, pausing]);
  dispatcher = await harness.start(clock);
});
afterAll(async () => {
  await dispatcher?.stop();
  await harness?.[Symbol.asyncDispose]();
});

const create = ({ tenant }: TestSession, more: object) =>
  harness.get<CampaignView>('createCampaign', tenant, { body: { message: 'Hello', pace, ...more } });
const steer = ({ tenant }: TestSession, operation: string, campaignId: string) =>
  harness.get<CampaignView>(operation, tenant, { params: { campaignId } });
const eventsOf = async ({ tenant }: TestSession, campaignId: string) =>
  (await storedEvents(harness.nats, tenant, campaignId)).map(({ type, data }) => ({ type, data }));

async function beginUpload({ tenant }: TestSession, campaignId: string) {
  const params = { campaignId };
  const begun = await harness.ask('uploadRecipients', tenant, { params, body: { contentType: 'text/csv' } });
  if (!begun.ok) throw new Error(begun.code);
  const { subject } = begun.body as { subject: string };
  const hand = (body: object) => harness.askAt(subject, 'uploadRecipients', tenant, { params, body });
  return {
    push: (text: string) => hand({ data: Buffer.from(text).toString('base64') }),
    end: () => hand({ end: true }),
    abort: () => hand({ abort: true }),
  };
}

/** Other connections to the tables, for what happens between two statements of the dispatcher. */
function connections() {
  const resources = new AsyncDisposableStack();
  const connect = () => {
    const applicationName = 'test';
    const database = createDatabase<DispatcherTables>({
      ...{ url: harness.env.DATABASE_URL!, schema: schemaName, applicationName, max: 1 },
    });
    resources.defer(() => database.destroy());
    return database;
  };
  const [holding, watching] = [connect(), connect()];
  const untilWaits = (statement: string) =>
    eventually(async () => {
      const { rows } = await sql<{ waiting: number }>`
        select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query ~ ${statement}`.execute(watching);
      expect(rows[0]?.waiting).toBeGreaterThan(0);
    });
  return { holding, untilWaits, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

it('a file that begins while the one before is taken up leaves its recipients alone', async () => {
  const { campaignId } = await create(uploading, {});
  await using database = connections();
  const first = await beginUpload(uploading, campaignId);
  await first.push(`number\n${numbers(2).join('\n')}\n`);
  // Its end, as the dispatcher writes it; the second one has read the campaign before that, and claims it after.
  const begun = await database.holding.transaction().execute(async (tx) => {
    await sql`lock table campaign in share mode`.execute(tx);
    const beginning = beginUpload(uploading, campaignId);
    await database.untilWaits('^\\s*update "?campaign"? set "?upload_id');
    await tx
      .updateTable('campaign')
      .set({ rows: 2, total: 2, upload_id: null })
      .where('campaign_id', '=', campaignId)
      .execute();
    return { beginning };
  });
  const second = await begun.beginning;
  await second.push(`number\n${numbers(2, 10).join('\n')}\n`);
  expect(await second.end()).toMatchObject({ ok: true, body: { added: 2, total: 4 } });
  const { data } = await harness.get<{ data: { number: string }[] }>('listCampaignRecipients', uploading.tenant, {
    params: { campaignId },
  });
  expect(data.map(({ number }) => number)).toEqual([...numbers(2), ...numbers(2, 10)]);
});

it('none begins while the rows of an abandoned one are taken away', async () => {
  const { campaignId } = await create(uploading, {});
  await using database = connections();
  const abandoned = await beginUpload(uploading, campaignId);
  await abandoned.push(`number\n${numbers(2).join('\n')}\n`);
  const params = { campaignId };
  const { aborting, refused } = await database.holding.transaction().execute(async (tx) => {
    await tx
      .selectFrom('campaign_recipient')
      .select('position')
      .where('campaign_id', '=', campaignId)
      .forUpdate()
      .execute();
    const aborting = abandoned.abort();
    await database.untilWaits('^delete from "campaign_recipient"');
    const body = { contentType: 'text/csv' };
    return { aborting, refused: await harness.ask('uploadRecipients', uploading.tenant, { params, body }) };
  });
  expect(refused).toMatchObject({ code: 'CONFLICT' });
  await aborting;
  const next = await beginUpload(uploading, campaignId);
  await next.push(`number\n${numbers(3).join('\n')}\n`);
  expect(await next.end()).toMatchObject({ ok: true, body: { added: 3, duplicates: 0, total: 3 } });
});

describe('a scheduled campaign', () => {
  it('that was paused waits for its time again, however far it is, and starts then', async () => {
    const dayMs = 86_400_000;
    const startAt = new Date(clock.now() + 40 * dayMs).toISOString();
    const { campaignId } = await create(early, { contacts: numbers(2), schedule: { startAt }, start: true });
    expect(await steer(early, 'pauseCampaign', campaignId)).toMatchObject({ status: 'paused' });
    expect(await steer(early, 'resumeCampaign', campaignId)).toMatchObject({
      ...{ status: 'scheduled', reason: null, nextSendAt: startAt, startedAt: null },
    });
    const engine = answerAsEngine(harness.nats);
    // Ten days before its time more than the month is over that a campaign has from its start.
    aheadMs = 35 * dayMs;
    const other = await create(early, { contacts: numbers(1, 10), start: true });
    await harness.until(early.tenant, other.campaignId, { status: 'completed', sent: 1 });
    expect(await harness.campaign(early.tenant, campaignId)).toMatchObject({ status: 'scheduled', failed: 0 });
    aheadMs = 41 * dayMs;
    await harness.until(early.tenant, campaignId, { status: 'completed', sent: 2, failed: 0 });
    engine.stop();
    await eventually(async () => {
      const types = (await eventsOf(early, campaignId)).map(({ type }) => type);
      expect(types.filter((type) => type !== 'CampaignProgressed')).toEqual([
        'CampaignCreated',
        'CampaignScheduled',
        'CampaignPaused',
        'CampaignScheduled',
        'CampaignStarted',
        'CampaignCompleted',
      ]);
    });
  });
});

describe('a cancelled campaign', () => {
  it('tells in the end what became of the messages that its session had been given', async () => {
    const { campaignId } = await create(cancelling, { contacts: numbers(30), start: true });
    const given = await eventually(() => {
      const commands = harness.commands.of(cancelling);
      expect(commands.length).toBe(20);
      return commands;
    });
    expect(await steer(cancelling, 'cancelCampaign', campaignId)).toMatchObject({ pending: 20, cancelled: 10 });
    for (const [i, command] of given.entries()) {
      // Its time was over before it was sent: nobody sends it any more.
      const { type, data } = outcomeEvent(command, i === 0 ? 'MESSAGE_EXPIRED' : '');
      await harness.publish(cancelling, 'message', type, data as object);
    }
    const ended = { status: 'cancelled', pending: 0, sent: 19, failed: 1, cancelled: 10 } as const;
    await harness.until(cancelling.tenant, campaignId, ended);
    await eventually(async () => {
      const last = (await eventsOf(cancelling, campaignId)).at(-1);
      expect(last).toMatchObject({ type: 'CampaignProgressed', data: { total: 30, pending: 0, sent: 19, failed: 1 } });
    });
  });
});

describe('a paused campaign', () => {
  it('tells what became of the messages that its session had been given', async () => {
    const { campaignId } = await create(pausing, { contacts: numbers(30, 100), start: true });
    const given = await eventually(() => {
      const commands = harness.commands.of(pausing);
      expect(commands.length).toBe(20);
      return commands;
    });
    await steer(pausing, 'pauseCampaign', campaignId);
    for (const command of given) {
      const { type, data } = outcomeEvent(command, '');
      await harness.publish(pausing, 'message', type, data as object);
    }
    await eventually(async () => {
      const last = (await eventsOf(pausing, campaignId)).at(-1);
      const data = { total: 30, pending: 10, sent: 20, status: 'paused', code: 'PAUSED_ON_REQUEST' };
      expect(last).toMatchObject({ type: 'CampaignProgressed', data });
    });
  });
});
