/** A phone that WhatsApp lets start no new chats: what its owner sees of it, and what becomes of a campaign. */
import { expect, it } from 'vitest';
import { linkSession, startPlatform, temporaryFolder, until } from './platform.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

const end = '2999-01-01T00:00:00.000Z';
const knownContact = '919876500300';

it('a restricted session says so everywhere, its campaign pauses and goes on by itself when it is over', async () => {
  await using folder = await temporaryFolder();
  await using receiver = await startWebhookReceiver();
  await using platform = await startPlatform(folder.path, { DEFAULT_PLAN: 'enterprise', WEBHOOK_ALLOW: '127.0.0.1' });
  const { client } = platform;
  const { sessionId, phone } = await linkSession(client);
  const params = { sessionId };
  await client.createWebhook({
    body: { url: receiver.url, eventTypes: ['session.restricted', 'session.unrestricted'] },
  });
  await client.sendMessage({ params, body: { to: knownContact, message: 'We know each other' } });
  expect((await client.getSession({ params })).restriction).toBeNull();

  const contacts = Array.from({ length: 60 }, (_, i) => `9198765${String(i).padStart(5, '0')}`);
  const pace = { messagesPerMinute: 60, burst: 1, jitter: 0 };
  const { campaignId } = await client.createCampaign({
    body: { message: 'Hello', sessionIds: [sessionId], contacts, pace, start: true },
  });
  const campaign = () => client.getCampaign({ params: { campaignId } });
  await until('the campaign is under way', async () => (await campaign()).sent > 2);

  await client.injectFault({ body: { phone, kind: 'restrict', until: end } });
  const paused = await until('it pauses', async () => {
    const now = await campaign();
    return now.status === 'paused' && now;
  });
  expect(paused).toMatchObject({
    ...{ failed: 0, nextSendAt: end },
    reason: { code: 'SESSION_RESTRICTED', message: expect.stringContaining(end) },
  });
  const bulk = client.bulkSend({ body: { sessionId, contacts: ['919876500302'], message: 'Hello' } });
  await expect(bulk).rejects.toMatchObject({ status: 409, code: 'SESSION_RESTRICTED', details: { until: end } });
  const { restriction, status } = await client.getSession({ params });
  expect(status).toBe('connected');
  expect(restriction).toMatchObject({ until: end, reason: expect.stringContaining('new chats') });
  const resumed = client.resumeCampaign({ params: { campaignId } });
  await expect(resumed).rejects.toMatchObject({ status: 409, code: 'SESSION_RESTRICTED' });
  const toStranger = client.sendMessage({ params, body: { to: '919876500301', message: 'Hello' } });
  await expect(toStranger).rejects.toMatchObject({ status: 422, code: 'RECIPIENT_RESTRICTED' });
  expect(await client.sendMessage({ params, body: { to: knownContact, message: 'Still here' } })).toMatchObject({
    status: 'sent',
  });

  await client.injectFault({ body: { phone, kind: 'clear' } });
  await until('it goes on', async () => (await campaign()).status === 'running');
  await until('one more is sent', async () => (await campaign()).sent > paused.sent);
  expect((await campaign()).failed).toBe(0);
  expect((await client.getSession({ params })).restriction).toBeNull();

  const types = ['session.restricted', 'session.unrestricted'];
  const { events } = await client.listEvents({ query: { limit: 1000 } });
  const seen = events.filter(({ type }) => types.includes(type));
  expect(seen).toMatchObject([
    { type: types[0], sessionId, data: { until: end, reason: expect.stringContaining('new chats') } },
    { type: types[1], sessionId },
  ]);
  await until('its webhook has both', async () => receiver.received.length === 2);
  const delivered = receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  expect(delivered.toSorted()).toEqual(types);
}, 90_000);
