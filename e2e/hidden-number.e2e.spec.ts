/** Somebody whose number WhatsApp hides writes to a session: seen everywhere under the LID, answered there, found and erased. */
import { expect, it } from 'vitest';
import { runWam } from '../apps/wam/test/launched-platform.ts';
import { startPlatform, temporaryFolder, until } from './platform.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

const hidden = '19990000008';

it('a sender without a number is answered where the message came from', async () => {
  await using folder = await temporaryFolder();
  await using receiver = await startWebhookReceiver();
  await using platform = await startPlatform(folder.path, { WEBHOOK_ALLOW: '127.0.0.1' });
  const { client } = platform;
  const { sessionId, phone } = platform.ready;
  const params = { sessionId };
  const { webhookId } = await client.createWebhook({ body: { url: receiver.url, eventTypes: ['message.received'] } });
  const { id } = await client.simulateIncomingMessage({
    body: { from: hidden, to: phone, message: 'Who sells here?' },
  });

  const body = await until('the webhook', async () => receiver.received.at(0)?.body);
  const { data } = JSON.parse(body) as { data: { from: string; lid: string; text: string } };
  expect(data).toMatchObject({ waMessageId: id, text: 'Who sells here?', from: `${data.lid}@lid` });
  const from = data.from;
  const { events } = await client.listEvents({ query: { type: 'message.received' } });
  expect(events.map((event) => event.data)).toMatchObject([{ from, lid: data.lid }]);
  const [received] = (await client.listMessages({ query: { direction: 'in', recipient: from } })).data;
  expect(received).toMatchObject({ from, to: null, received: { fromLid: data.lid } });

  const sent = await client.sendMessage({ params, body: { to: from, message: 'We do' } });
  expect(sent.status).toBe('sent');
  const batch = await client.sendMessageBatch({ params, body: { messages: [{ to: from, message: 'Come by' }] } });
  const legacy = client.sendWhatsAppMessage({ body: { number: from, message: 'At nine' } });
  expect((await legacy).status).toBe('sent');
  const statusOf = async (messageId: string) => (await client.getMessage({ params: { messageId } })).status;
  for (const messageId of [sent.messageId, batch.messages[0]!.messageId!])
    await until('read', async () => (await statusOf(messageId)) === 'read');
  expect(await client.getMessage({ params: sent })).toMatchObject({ to: from, text: 'We do' });
  const { messages } = await client.getInbox({ params: { number: hidden } });
  expect(messages.map(({ text }) => text)).toEqual(['We do', 'Come by', 'At nine']);

  for (const to of ['me@lid', '12345@lid', `${data.lid}@LID`, `+${data.lid}@lid`])
    await expect(client.sendMessage({ params, body: { to, message: 'Hello' } })).rejects.toMatchObject({
      ...{
        status: 400,
        code: 'VALIDATION_FAILED',
        param: 'to',
        message: expect.stringContaining('123456789012345@lid'),
      },
    });
  const nobody = client.sendMessage({ params, body: { to: '123456789012345@lid', message: 'Hello' } });
  await expect(nobody).rejects.toMatchObject({ status: 422, code: 'NOT_ON_WHATSAPP' });

  // Whoever learns the number in the end knows one contact, not two.
  await client.sendMessage({ params, body: { to: hidden, message: 'Found you' } });
  const known = await client.sendMessage({ params, body: { to: from, message: 'Still you' } });
  expect(await client.getMessage({ params: known })).toMatchObject({ to: hidden });
  await until('the delivery', async () =>
    (await client.listWebhookDeliveries({ params: { webhookId } })).data.some(({ status }) => status === 'delivered'),
  );
  const erased = await runWam(['erase', platform.ready.email, from], { WAM_DATA_DIR: folder.path, NATS_URL: '' });
  expect(erased).toMatchObject({ exitCode: 0, stderr: '' });
  expect(erased.stdout).toContain('engine: erased from 5 sent messages');
  expect(erased.stdout).toContain('webhooks: erased from 1 deliveries');
  for (const recipient of [from, hidden]) {
    expect((await client.listMessages({ query: { recipient } })).data).toEqual([]);
    expect((await client.listMessages({ query: { recipient, direction: 'in' } })).data).toEqual([]);
  }
});
