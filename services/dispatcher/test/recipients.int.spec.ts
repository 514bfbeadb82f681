import {
  type AnswerOf,
  type CampaignView,
  messageSealPurpose,
  type previewCampaign,
  type ServiceReply,
} from '@wam/contracts';
import { createSealer, newUlid, type Service } from '@wam/service-kit';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignHarness, numbers, startCampaignHarness } from './campaign-harness.ts';
import { answerAsEngine, newSession, notOnWhatsApp } from './neighbours.ts';

const fast = { messagesPerMinute: 6000, burst: 20, jitter: 0 };
const sessions = Array.from({ length: 8 }, () => newSession());
let harness: CampaignHarness;
let dispatcher: Service;
let engine: { stop(): void };

beforeAll(async () => {
  harness = await startCampaignHarness(sessions);
  engine = answerAsEngine(harness.nats);
  dispatcher = await harness.start();
});
afterAll(async () => {
  await dispatcher?.stop();
  engine?.stop();
  await harness?.[Symbol.asyncDispose]();
});

const create = (tenant: string, body: object = {}) =>
  harness.get<CampaignView>('createCampaign', tenant, { body: { message: 'Hello {{name}}', pace: fast, ...body } });
const preview = (tenant: string, campaignId: string) =>
  harness.get<AnswerOf<typeof previewCampaign, 200>>('previewCampaign', tenant, { params: { campaignId } });

/** As the gateway hands a file on. */
const upload = (
  tenant: string,
  campaignId: string,
  pieces: readonly (string | Uint8Array)[],
  options: Parameters<typeof handOn>[4] = {},
) => handOn('uploadRecipients', tenant, { campaignId }, pieces, options);

async function handOn(
  operation: string,
  tenant: string,
  params: Record<string, string>,
  pieces: readonly (string | Uint8Array)[],
  { contentType = 'text/csv', end = { end: true } as object } = {},
): Promise<ServiceReply> {
  const begun = await harness.ask(operation, tenant, { params, body: { contentType } });
  if (!begun.ok) return begun;
  const { subject } = begun.body as { subject: string };
  for (const piece of pieces) {
    const data = Buffer.from(piece as string).toString('base64');
    const taken = await harness.askAt(subject, operation, tenant, { params, body: { data } });
    if (!taken.ok) return taken;
  }
  return harness.askAt(subject, operation, tenant, { params, body: end });
}

describe('a file of recipients', () => {
  it('is taken up row by row; bad, repeated and opted-out rows are listed with their line and reason', async () => {
    const { tenant } = sessions[0]!;
    await harness.get('addSuppressions', tenant, { body: { numbers: ['919876543213'] } });
    const { campaignId } = await create(tenant, { contacts: [{ number: '919876543219', name: 'First' }] });
    const file = [
      'number,name',
      '+91 98765 43210,Asha',
      '919876543211,',
      '919876543210,Asha again',
      '919876543213,Opted out',
      '="919876543214",Formula',
      'call me,Nobody',
      '919876543219,Was there before',
      '919876543215,"Renée, of Pune"',
    ].join('\r\n');
    const bytes = Buffer.from(file);
    const reply = await upload(tenant, campaignId, [bytes.subarray(0, 50), bytes.subarray(50)]);
    expect(reply).toMatchObject({
      ok: true,
      body: { rows: 8, added: 2, bad: 3, duplicates: 2, optedOut: 1, total: 3 },
    });
    const shown = await preview(tenant, campaignId);
    expect(shown.data.map(({ row, kind }) => [row, kind])).toEqual([
      [3, 'bad'],
      [4, 'duplicate'],
      [5, 'opted-out'],
      [6, 'bad'],
      [7, 'bad'],
      [8, 'duplicate'],
    ]);
    expect(shown.data[0]).toMatchObject({ reason: 'There is no value for {{name}}', value: '919876543211' });
    expect(shown.sample).toEqual([
      { number: '919876543219', text: 'Hello First' },
      { number: '919876543210', text: 'Hello Asha' },
      { number: '919876543215', text: 'Hello Renée, of Pune' },
    ]);
    expect(await harness.ask('startCampaign', tenant, { params: { campaignId } })).toMatchObject({ ok: true });
    await harness.until(tenant, campaignId, { status: 'completed', sent: 3 });
  });

  it('has a preview that says when it will be done: within its hours and the messages of a day, or not at all', async () => {
    const { tenant } = sessions[7]!;
    const pace = { messagesPerMinute: 30, jitter: 0 };
    const schedule = { startAt: '2999-01-01T00:00:00.000Z', sendBetween: { from: '01:00', to: '01:01' } };
    const contacts = numbers(40);
    const { campaignId } = await create(tenant, { message: 'Hello', contacts, pace, schedule });
    const done = async () => {
      const { estimatedSeconds, estimatedEndAt } = await preview(tenant, campaignId);
      return { estimatedSeconds, estimatedEndAt };
    };
    // 30 in that minute, and 10 a day later.
    const all = { estimatedSeconds: 25 * 3600 + 18, estimatedEndAt: '2999-01-02T01:00:18.000Z' };
    expect(await done()).toEqual(all);
    harness.quota.limits.set(tenant, 15);
    expect(await done()).toEqual({ estimatedSeconds: 49 * 3600 + 18, estimatedEndAt: '2999-01-03T01:00:18.000Z' });
    harness.quota.limits.set(tenant, 1);
    expect(await done()).toEqual({ estimatedSeconds: null, estimatedEndAt: null });
    harness.quota.limits.delete(tenant);
    await harness.get('cancelCampaign', tenant, { params: { campaignId } });
    expect(await done()).toEqual({ estimatedSeconds: 0, estimatedEndAt: null });
  });

  it('that breaks off leaves nothing behind, and may come again', async () => {
    const { tenant } = sessions[1]!;
    const { campaignId } = await create(tenant, { message: 'Hello' });
    const file = `number\n${numbers(2500).join('\n')}\n`;
    await upload(tenant, campaignId, [file], { end: { abort: true } });
    expect(await harness.campaign(tenant, campaignId)).toMatchObject({ total: 0 });
    expect(await harness.ask('startCampaign', tenant, { params: { campaignId } })).toMatchObject({
      code: 'CAMPAIGN_EMPTY',
    });
    expect(await upload(tenant, campaignId, [file])).toMatchObject({ ok: true, body: { added: 2500, duplicates: 0 } });
    expect(await upload(tenant, campaignId, [file])).toMatchObject({ ok: true, body: { added: 0, duplicates: 2500 } });
  });

  it('is taken by drafts only, in a known format, one at a time', async () => {
    const { tenant } = sessions[2]!;
    const { campaignId } = await create(tenant, { message: 'Hello' });
    const params = { campaignId };
    expect(await upload(tenant, campaignId, [], { contentType: 'application/pdf' })).toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: 'Send the file itself as the body, with Content-Type: text/csv or application/x-ndjson',
    });
    expect(await upload(tenant, campaignId, ['name\nAsha\n'])).toMatchObject({ code: 'VALIDATION_FAILED' });
    const begun = (await harness.ask('uploadRecipients', tenant, { params, body: { contentType: 'text/csv' } })) as {
      body: { subject: string };
    };
    expect(await upload(tenant, campaignId, [])).toMatchObject({ code: 'CONFLICT' });
    expect(await harness.ask('startCampaign', tenant, { params })).toMatchObject({ code: 'CONFLICT' });
    await harness.askAt(begun.body.subject, 'uploadRecipients', tenant, { params, body: { abort: true } });
    const ndjson = `{"number":"919876543210"}\n919876543211\nnonsense\n`;
    expect(await upload(tenant, campaignId, [ndjson], { contentType: 'application/x-ndjson' })).toMatchObject({
      body: { added: 2, bad: 1 },
    });
    await harness.ask('startCampaign', tenant, { params });
    expect(await upload(tenant, campaignId, [])).toMatchObject({ code: 'CAMPAIGN_STATE' });
  });

  it('comes out again with its outcomes, and without formulas', async () => {
    const { tenant } = sessions[3]!;
    const { campaignId } = await create(tenant, { message: 'Hello', contacts: numbers(3), start: true });
    await harness.until(tenant, campaignId, { status: 'completed' });
    const { text, next } = await harness.get<{ text: string; next: number | null }>('exportCampaign', tenant, {
      params: { campaignId },
      body: { after: 0 },
    });
    expect(next).toBeNull();
    const [head, ...rows] = text.trimEnd().split('\r\n');
    expect(head).toBe('number,state,sessionId,messageId,errorCode,error,updatedAt');
    expect(rows.map((row) => row.split(',').slice(0, 2))).toEqual(numbers(3).map((number) => [number, 'sent']));
    const failed = await harness.get<{ text: string }>('exportCampaign', tenant, {
      params: { campaignId },
      query: { state: 'failed' },
    });
    expect(failed.text.trimEnd()).toBe(head);
  });

  it('comes out with the values of its placeholders, so that those who were not reached are the file of another campaign', async () => {
    const { tenant } = sessions[3]!;
    const contacts = [
      { number: notOnWhatsApp, name: 'Asha, of Pune' },
      { number: numbers(1)[0]!, name: 'Ravi' },
    ];
    const { campaignId } = await create(tenant, { contacts, start: true });
    await harness.until(tenant, campaignId, { status: 'completed' });
    const { text } = await harness.get<{ text: string }>('exportCampaign', tenant, {
      params: { campaignId },
      query: { state: 'failed' },
    });
    const again = await create(tenant);
    expect(await upload(tenant, again.campaignId, [text])).toMatchObject({ body: { rows: 1, added: 1 } });
    expect((await preview(tenant, again.campaignId)).sample).toEqual([
      { number: notOnWhatsApp, text: 'Hello Asha, of Pune' },
    ]);
  });
});

describe('a file of numbers for the suppression list', () => {
  const tenant = newSession().tenant;
  const importFile = (...pieces: string[]) => handOn('importSuppressions', tenant, {}, pieces);
  const exported = async () => {
    const rows: string[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const body: { after?: string } = after === undefined ? {} : { after };
      const page = await harness.get<{ text: string; next: string | null }>('exportSuppressions', tenant, { body });
      rows.push(...page.text.trimEnd().split('\r\n'));
      after = page.next;
    }
    return rows;
  };

  it('puts them on it; what is no number is listed with its line and reason', async () => {
    await harness.get('addSuppressions', tenant, { body: { numbers: ['919876543210'] } });
    const file = ['name,phone', 'Asha,+91 98765 43210', 'Ravi,919876543211', 'Nobody,call me', 'Again,919876543211'];
    expect(await importFile(file.join('\n').slice(0, 30), file.join('\n').slice(30))).toMatchObject({
      ok: true,
      body: { rows: 4, added: 1, bad: 1, duplicates: 2, problems: [{ row: 4, value: 'call me' }] },
    });
    expect(await importFile('number\n919876543212')).toMatchObject({ body: { rows: 1, added: 1, problems: [] } });
    expect(await importFile('name\nAsha')).toMatchObject({ ok: false, code: 'VALIDATION_FAILED' });
    const [head, ...rows] = await exported();
    expect(head).toBe('number,source,createdAt');
    const shown = new Set(rows.map((row) => row.split(',')[0]));
    expect(shown).toEqual(new Set(['919876543210', '919876543211', '919876543212']));
  });

  it('comes out again whole, however long it is, and changes nothing when it is read again', async () => {
    const many = numbers(4500, 10_000);
    const file = ['number', ...many].join('\n');
    expect(await importFile(file)).toMatchObject({ body: { rows: 4500, added: 4500, bad: 0 } });
    const rows = await exported();
    expect(new Set(rows.slice(1).map((row) => row.split(',')[0])).size).toBe(4503);
    expect(rows).toHaveLength(4504);
    expect(await importFile(rows.join('\r\n'))).toMatchObject({ body: { rows: 4503, added: 0, duplicates: 4503 } });
  });
});

describe('a recipient that replies with a stop word', () => {
  const reply = (session: (typeof sessions)[number], phone: string, text: string, more: object = {}) => {
    const messageId = `msg_${newUlid()}`;
    const sealer = createSealer({
      kek: Buffer.from(harness.env.WAM_KEK!, 'base64'),
      purposesWithOwnKey: [messageSealPurpose],
    });
    const context = { tenant: session.tenant, purpose: messageSealPurpose, id: messageId };
    const sealed = sealer.seal(context, JSON.stringify({ phone, text, ...more })).toString('base64');
    const receivedAt = new Date().toISOString();
    return harness.publish(session, 'message', 'MessageReceived', {
      messageId,
      waMessageId: messageId,
      receivedAt,
      kind: 'text',
      offline: false,
      sealed,
    });
  };
  const listed = async (tenant: string) =>
    (await harness.get<{ data: { number: string; source: string }[] }>('listSuppressions', tenant)).data;

  it('is left out from then on, also of a campaign that runs, and is sent to again when taken off the list', async () => {
    const session = sessions[4]!;
    const { tenant } = session;
    const contacts = numbers(40);
    const last = contacts.at(-1)!;
    const pace = { messagesPerMinute: 1200, burst: 1, jitter: 0 };
    const { campaignId } = await create(tenant, { message: 'Hello', contacts, pace, start: true });
    await reply(session, last, 'Stop!');
    const done = await harness.until(tenant, campaignId, { status: 'completed' });
    expect(done).toMatchObject({ sent: 39, failed: 0, optedOut: 1, pending: 0 });
    expect(await listed(tenant)).toMatchObject([{ number: last, source: 'reply' }]);
    const { data } = await harness.get<{ data: object[] }>('listCampaignRecipients', tenant, {
      params: { campaignId },
      query: { state: 'opted-out' },
    });
    expect(data).toMatchObject([{ number: last, error: { code: 'RECIPIENT_OPTED_OUT' } }]);

    const again = await create(tenant, { message: 'Hello', contacts: [last] });
    expect(again).toMatchObject({ total: 0, problems: { optedOut: 1 } });
    expect(await harness.get('removeSuppression', tenant, { params: { number: last } })).toEqual({ removed: true });
    const third = await create(tenant, { message: 'Hello', contacts: [last], start: true });
    await harness.until(tenant, third.campaignId, { status: 'completed', sent: 1 });
  });

  it('is on the list by LID while the number is hidden, and by the number alone once it is told', async () => {
    const session = sessions[6]!;
    const { tenant } = session;
    const [lid, number] = ['123456789012345', '919876500009'];
    await reply(session, '', 'Stop', { lid });
    await eventually(async () => expect(await listed(tenant)).toMatchObject([{ number: `${lid}@lid` }]));
    await reply(session, number, 'Who is this?', { lid });
    await eventually(async () => expect(await listed(tenant)).toMatchObject([{ number, source: 'reply' }]));
    expect(await create(tenant, { message: 'Hello', contacts: [number] })).toMatchObject({ problems: { optedOut: 1 } });
    await harness.get('removeSuppression', tenant, { params: { number } });
    await reply(session, number, 'Changed my mind', { lid });
    await reply(session, '919876500010', 'Stop');
    await eventually(async () => expect(await listed(tenant)).toMatchObject([{ number: '919876500010' }]));
  });

  it('is known by the words of the account, in chats of two only, and by nobody else', async () => {
    const session = sessions[5]!;
    const { tenant } = session;
    await harness.get('setOptOutWords', tenant, { body: { words: ['bas'] } });
    expect(await harness.get('getOptOutWords', tenant)).toEqual({ words: ['STOP', 'BAS'] });
    await reply(session, '919876500001', 'unsubscribe');
    await reply(session, '919876500002', 'stop', { group: '12036300' });
    await reply(session, '919876500003', 'Bas!');
    await eventually(async () => expect((await listed(tenant)).map(({ number }) => number)).toEqual(['919876500003']));
    expect((await listed(sessions[0]!.tenant)).map(({ number }) => number)).toEqual(['919876543213']);
  });
});
