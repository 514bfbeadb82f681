/** What became of messages: found, followed, sent again, sent in batches; and whom they can be sent to. */
import { type Client, createClient, type WamError } from '@wam/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkSession, type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let client: Client;
let sessionId: string;
let phone: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  platform = await startPlatform(folder.path);
  client = await accountOf('messages@example.com');
  ({ sessionId, phone } = await linkSession(client));
}, 90_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function accountOf(email: string): Promise<Client> {
  const account = createClient({ baseUrl: platform.url });
  account.useToken((await account.register({ body: { email, password: 'securepassword123' } })).token);
  return account;
}
const refusalOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'not refused',
    (error: unknown) => error,
  );
/** Undefined while an accepted message is still on its way to the owner of its session. */
const statusOf = (messageId: string) =>
  client.getMessage({ params: { messageId } }).then(
    ({ status }) => status,
    () => undefined,
  );
const untilRead = (messageId: string) => until(`${messageId} read`, async () => (await statusOf(messageId)) === 'read');
/** A message that WhatsApp refuses once. */
async function failedMessage(to: string, message: string): Promise<string> {
  await client.injectFault({ body: { phone, kind: 'nack', code: 479, count: 1 } });
  const refused = await refusalOf(client.sendMessage({ params: { sessionId }, body: { to, message } }));
  expect(refused).toMatchObject({ status: 422, code: 'WHATSAPP_REJECTED', details: { whatsappCode: 479 } });
  const since = new Date(Date.now() - 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
  const { data } = await client.listMessages({ query: { status: 'failed', recipient: to, since } });
  expect(data[0]!.messageId).toBe((refused as WamError).details?.messageId);
  return data[0]!.messageId;
}

describe('a message', () => {
  it('shows its text and a timeline in the order of what happened', async () => {
    const body = { to: '919876500101', message: 'Your parcel is on its way' };
    const { messageId } = await client.sendMessage({ params: { sessionId }, body });
    await untilRead(messageId);
    const message = await client.getMessage({ params: { messageId } });
    expect(message).toMatchObject({
      ...{ messageId, sessionId, direction: 'out', to: body.to, from: null, status: 'read', text: body.message },
      campaignId: null,
      error: null,
    });
    const { acceptedAt, sentAt, deliveredAt, readAt, failedAt } = message.timeline;
    const instants = [acceptedAt, sentAt, deliveredAt, readAt];
    expect(instants).not.toContain(null);
    expect(instants).toEqual(instants.toSorted((a, b) => Date.parse(a!) - Date.parse(b!)));
    expect(failedAt).toBeNull();
  });

  it('of a bulk send names its campaign', async () => {
    const contacts = ['919876500111', '919876500112'];
    const bulk = await client.bulkSend({ body: { contacts, message: 'Offer', delay: 0, sessionId } });
    const { data } = await client.listMessages({ query: { recipient: '919876500111' } });
    expect(data).toMatchObject([{ campaignId: bulk.campaignId }]);
  });
});

describe('a batch', () => {
  it('of 100 is stored at once, and each message arrives with its own text, in order', async () => {
    const to = '919876500121';
    const messages = Array.from({ length: 100 }, (_, n) => ({ to, message: `number ${n}` }));
    const batch = await client.sendMessageBatch({ params: { sessionId }, body: { messages } });
    expect(batch).toMatchObject({ success: true, accepted: 100 });
    expect(batch.messages).toHaveLength(100);
    for (const row of batch.messages)
      expect(row).toEqual({
        to,
        status: 'accepted',
        messageId: row.messageId,
        statusUrl: `/api/messages/${row.messageId}`,
      });
    for (const { messageId } of batch.messages) await untilRead(messageId!);
    const inbox = await client.getInbox({ params: { number: to } });
    expect(inbox.messages.map(({ text }) => text)).toEqual(messages.map(({ message }) => message));
  });

  it('with one bad row is refused as a whole, and the row is named', async () => {
    const messages = [
      { to: '919876500122', message: 'good' },
      { to: '+919876500122', message: 'bad' },
    ];
    expect(await refusalOf(client.sendMessageBatch({ params: { sessionId }, body: { messages } }))).toMatchObject({
      status: 400,
      code: 'VALIDATION_FAILED',
      param: 'messages.1.to',
    });
    expect((await client.listMessages({ query: { recipient: '919876500122' } })).data).toEqual([]);
    const tooMany = Array.from({ length: 501 }, () => ({ to: '919876500122', message: 'x' }));
    expect(
      await refusalOf(client.sendMessageBatch({ params: { sessionId }, body: { messages: tooMany } })),
    ).toMatchObject({ status: 400, param: 'messages' });
  });
});

describe('the list of messages', () => {
  it('is read page by page, each message once, newest first', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await client.listMessages({ query: { limit: 30, ...(cursor === null ? {} : { cursor }) } });
      seen.push(...page.data.map(({ messageId }) => messageId));
      cursor = page.nextCursor;
      expect(page.hasMore).toBe(cursor !== null);
    } while (cursor !== null);
    const { totals } = await client.getMessageStats();
    expect(seen).toHaveLength(totals.total);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('shows what was received, and from whom', async () => {
    await client.simulateIncomingMessage({ body: { from: '919876500131', to: phone, message: 'Where is it?' } });
    const received = await until('message received', async () => {
      const { data } = await client.listMessages({ query: { direction: 'in', recipient: '919876500131' } });
      return data[0];
    });
    expect(received).toMatchObject({
      ...{ sessionId, direction: 'in', from: '919876500131', to: null, status: 'received', text: 'Where is it?' },
    });
    const { messageId } = received;
    expect(await client.getMessage({ params: { messageId } })).toEqual(received);
  });

  it('shows what was received in whole: name, LID, answers, reactions, and headers of files', async () => {
    const from = '919876500150';
    const write = async (body: object) =>
      (await client.simulateIncomingMessage({ body: { from, to: phone, ...body } })).id;
    const long = `Long ${'x'.repeat(300)}`;
    const { messageId } = await client.sendMessage({ params: { sessionId }, body: { to: from, message: 'Deal?' } });
    await untilRead(messageId);
    const sent = (await client.getInbox({ params: { number: from } })).messages[0]!.id;
    await write({ message: long, name: 'Asha' });
    await write({ kind: 'reaction', message: '👍', messageId: sent });
    await write({ message: 'Deal', messageId: sent });
    await write({ kind: 'document', fileName: 'bill.pdf', message: 'Here' });
    const received = async () => (await client.listMessages({ query: { direction: 'in', recipient: from } })).data;
    await until('four messages', async () => (await received()).length === 4);
    const [document, answer, reaction, text] = (await received()).map((message) => message.received);
    expect(text).toMatchObject({ kind: 'text', text: long, fromName: 'Asha', fromLid: expect.stringMatching(/^\d+$/) });
    expect(reaction).toMatchObject({ kind: 'reaction', text: '👍', target: { messageId, waMessageId: sent } });
    expect(answer).toMatchObject({ kind: 'text', replyTo: { messageId } });
    expect(document).toMatchObject({
      kind: 'media',
      text: 'Here',
      media: { type: 'document', mimeType: 'application/pdf', fileName: 'bill.pdf' },
    });
    const refused = refusalOf(write({ kind: 'reaction', message: '👍' }));
    expect(await refused).toMatchObject({ status: 400, code: 'VALIDATION_FAILED', param: 'messageId' });
  });

  it('refuses a cursor it has not given out', async () => {
    expect(await refusalOf(client.listMessages({ query: { cursor: 'made-up' } }))).toMatchObject({
      status: 400,
      code: 'VALIDATION_FAILED',
      param: 'cursor',
    });
  });
});

describe('a failed message', () => {
  it('is sent again as a new one, with the same text to the same recipient', async () => {
    const to = '919876500141';
    const resendOf = await failedMessage(to, 'Second time lucky');
    const again = await client.resendMessage({ params: { messageId: resendOf } });
    expect(again).toMatchObject({ success: true, message: 'Message sent successfully', status: 'sent', resendOf });
    expect(again.messageId).not.toBe(resendOf);
    const inbox = await client.getInbox({ params: { number: to } });
    expect(inbox.messages).toMatchObject([{ text: 'Second time lucky', copies: 1 }]);
    expect(await statusOf(resendOf)).toBe('failed');
  });

  it('is sent again without waiting, when the caller asks so', async () => {
    const resendOf = await failedMessage('919876500142', 'In a moment');
    const again = await client.resendMessage(
      { params: { messageId: resendOf } },
      { headers: { prefer: 'respond-async' } },
    );
    const { messageId } = again;
    expect(again).toMatchObject({ status: 'accepted', resendOf, statusUrl: `/api/messages/${messageId}` });
    await untilRead(messageId);
  });

  it('is the only kind that can be sent again, and only by its own account', async () => {
    const { messageId } = await client.sendMessage({
      params: { sessionId },
      body: { to: '919876500143', message: 'fine' },
    });
    expect(await refusalOf(client.resendMessage({ params: { messageId } }))).toMatchObject({
      status: 409,
      code: 'MESSAGE_NOT_RESENDABLE',
    });
    const failed = await failedMessage('919876500143', 'mine');
    const stranger = await accountOf('stranger@example.com');
    const unknown = { status: 404, code: 'MESSAGE_NOT_FOUND' };
    expect(await refusalOf(stranger.resendMessage({ params: { messageId: failed } }))).toMatchObject(unknown);
    expect(await refusalOf(stranger.getMessage({ params: { messageId: failed } }))).toMatchObject(unknown);
    expect((await stranger.listMessages({ query: { sessionId } })).data).toEqual([]);
  });
});

describe('numbers', () => {
  it('are told apart: on WhatsApp or not, through any connected session', async () => {
    const numbers = '919876500151,19990000003';
    const expected = {
      results: [
        { number: '919876500151', onWhatsApp: true, lid: expect.stringMatching(/^\d+$/) },
        { number: '19990000003', onWhatsApp: false },
      ],
    };
    expect(await client.checkContacts({ query: { numbers } })).toEqual(expected);
    expect(await client.checkContacts({ query: { numbers, sessionId } })).toEqual(expected);
  });

  it('are refused in words that help', async () => {
    const check = (numbers: string, query: object = {}) =>
      refusalOf(client.checkContacts({ query: { numbers, ...query } }));
    const invalid = { status: 400, code: 'VALIDATION_FAILED', param: 'numbers' };
    expect(await check('+919876500151')).toMatchObject(invalid);
    expect(await check(Array(51).fill('919876500151').join())).toMatchObject(invalid);
    const { sessionId: unlinked } = await client.createSession({});
    const offline = { status: 409, code: 'SESSION_NOT_CONNECTED' };
    expect(await check('919876500151', { sessionId: unlinked })).toMatchObject(offline);
    const stranger = await accountOf('numbers@example.com');
    expect(await refusalOf(stranger.checkContacts({ query: { numbers: '919876500151' } }))).toMatchObject(offline);
    expect(await refusalOf(stranger.checkContacts({ query: { numbers: '919876500151', sessionId } }))).toMatchObject({
      status: 404,
      code: 'SESSION_NOT_FOUND',
    });
  });
});
