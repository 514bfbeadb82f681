import { createClient } from '@wam/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkSession, type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
beforeAll(async () => {
  folder = await temporaryFolder();
  platform = await startPlatform(folder.path);
}, 90_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

describe('a new customer', () => {
  it('registers, links a phone, sends, is answered, and sees it all counted', async () => {
    const client = createClient({ baseUrl: platform.url });
    const credentials = { email: 'New.Customer@Example.com', password: 'securepassword123' };
    const registered = await client.register({ body: credentials });
    expect(registered.user).toMatchObject({ email: 'new.customer@example.com', username: 'new.customer' });
    client.useToken((await client.login({ body: credentials })).token);

    const { sessionId, phone } = await linkSession(client);
    const sent = await client.sendMessage({
      params: { sessionId },
      body: { to: '919876543210', message: 'Hello from WAMessenger API! 🚀' },
    });
    expect(sent).toMatchObject({ success: true, message: 'Message sent successfully', status: 'sent' });

    const inbox = await client.getInbox({ params: { number: '919876543210' } });
    expect(inbox.messages).toMatchObject([{ from: phone, text: 'Hello from WAMessenger API! 🚀', copies: 1 }]);
    await until(
      'message read',
      async () => (await client.getMessage({ params: { messageId: sent.messageId } })).status === 'read',
    );
    const stats = await client.getMessageStats();
    expect(stats.totals).toEqual({ sent: 1, delivered: 1, read: 1, failed: 0, total: 1 });
    expect(stats.chart.labels).toHaveLength(7);
    expect(stats.chart.sent.at(-1)).toBe(1);

    await client.simulateIncomingMessage({ body: { from: '919876543210', to: phone, message: 'Hi yourself' } });
    await until(
      'reply counted',
      async () => (await client.getSession({ params: { sessionId } })).messagesReceived === 1,
    );
    expect(await client.getSession({ params: { sessionId } })).toMatchObject({
      status: 'connected',
      phone,
      hasQR: false,
      messagesSent: 1,
      messagesReceived: 1,
    });
  });

  it('is told why a message could not be sent, at once and in the list of failures', async () => {
    const { sessionId } = platform.ready;
    const refused = await platform.client
      .sendMessage({
        params: { sessionId },
        body: { to: '19990000003', message: 'Is anybody there at all, I wonder?' },
      })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 422, code: 'NOT_ON_WHATSAPP' });
    const failed = await platform.client.listFailedMessages();
    expect(failed).toMatchObject({
      success: true,
      count: 1,
      messages: [{ recipient: '19990000003', code: 'NOT_ON_WHATSAPP', message: 'Is anybody there at all, I...' }],
    });
    const limited = await platform.client
      .sendMessage({ params: { sessionId }, body: { to: '19990000004', message: 'hi' } })
      .catch((error: unknown) => error);
    expect(limited).toMatchObject({ status: 422, code: 'RECIPIENT_RESTRICTED' });
  });

  it('never sees what belongs to another account', async () => {
    const stranger = createClient({ baseUrl: platform.url });
    const { token } = await stranger.register({
      body: { email: 'stranger@example.com', password: 'securepassword123' },
    });
    stranger.useToken(token);
    const params = { sessionId: platform.ready.sessionId };
    const notFound = { status: 404, code: 'SESSION_NOT_FOUND' };
    const attempts = await Promise.allSettled([
      stranger.getSession({ params }),
      stranger.getSessionStatus({ params }),
      stranger.getSessionQr({ params }),
      stranger.connectSession({ params }),
      stranger.deleteSession({ params }),
      stranger.sendMessage({ params, body: { to: '919876543210', message: 'hi' } }),
    ]);
    for (const attempt of attempts) expect(attempt).toMatchObject({ status: 'rejected', reason: notFound });
    expect((await stranger.listSessions()).total).toBe(0);
    expect((await stranger.getInbox({ params: { number: '19990000003' } })).messages).toEqual([]);
  });

  it('deletes a session for good', async () => {
    const client = createClient({ baseUrl: platform.url });
    const { token } = await client.register({ body: { email: 'leaver@example.com', password: 'securepassword123' } });
    client.useToken(token);
    const { sessionId } = await linkSession(client);
    expect(await client.deleteSession({ params: { sessionId } })).toMatchObject({ success: true });
    await expect(client.getSession({ params: { sessionId } })).rejects.toMatchObject({ status: 404 });
    expect((await client.listSessions()).total).toBe(0);
  });
});
