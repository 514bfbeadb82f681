import { describe, expect, it } from 'vitest';
import { startPlatform, temporaryFolder, until } from './platform.ts';

describe('a platform killed between accept and send', () => {
  it('sends the message once after the restart, under one id, and no session needs a new QR code', async () => {
    await using folder = await temporaryFolder();
    const before = await startPlatform(folder.path);
    const { sessionId, phone } = before.ready;
    const recipient = '919812345678';

    // Look-ups are answered late, so that the send cannot leave before the kill.
    await before.client.injectFault({ body: { phone, kind: 'slow-lookups', delayMs: 60_000 } });
    const accepted = await before.client.sendMessage(
      { params: { sessionId }, body: { to: recipient, message: 'through the crash' } },
      { headers: { prefer: 'respond-async' } },
    );
    expect(accepted).toMatchObject({ status: 'accepted', statusUrl: `/api/messages/${accepted.messageId}` });
    await before.kill();

    await using after = await startPlatform(folder.path);
    expect(after.ready.sessionId).toBe(sessionId);
    const { client } = after;
    const params = { messageId: accepted.messageId };
    await until('message read', async () => (await client.getMessage({ params })).status === 'read', 45_000);
    const inbox = await client.getInbox({ params: { number: recipient } });
    expect(inbox.messages).toMatchObject([{ text: 'through the crash', copies: 1 }]);
    expect(await client.getSession({ params: { sessionId } })).toMatchObject({
      status: 'connected',
      phone,
      hasQR: false,
    });
    expect((await client.getMessageStats()).totals).toEqual({ sent: 1, delivered: 1, read: 1, failed: 0, total: 1 });
  });
});
