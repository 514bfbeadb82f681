/** The right to be forgotten, from the message that named the contact to the command of the operator. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runWam } from '../apps/wam/test/launched-platform.ts';
import { type Platform, startPlatform, temporaryFolder, until } from './platform.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const [gone, other] = ['919812350011', '919812350012'];
const resources = new AsyncDisposableStack();
let receiver: WebhookReceiver;
let platform: Platform;
let dataDir: string;

beforeAll(async () => {
  receiver = resources.use(await startWebhookReceiver());
  dataDir = resources.use(await temporaryFolder()).path;
  platform = resources.use(await startPlatform(dataDir, { WEBHOOK_ALLOW: '127.0.0.1' }));
}, 90_000);
afterAll(() => resources.disposeAsync());

it('a contact is erased from every service by one command; a campaign that has not come to it goes on without it', async () => {
  const { client, ready } = platform;
  const { webhookId } = await client.createWebhook({ body: { url: receiver.url, eventTypes: ['message.received'] } });
  for (const from of [gone, other])
    await client.simulateIncomingMessage({ body: { from, to: ready.phone, message: `I am ${from}` } });
  const deliveries = async () => (await client.listWebhookDeliveries({ params: { webhookId } })).data;
  await until('both deliveries', async () => {
    const found = await deliveries();
    return found.length === 2 && found.every(({ status }) => status === 'delivered');
  });
  const { messageId } = await client.sendMessage({ params: ready, body: { to: gone, message: 'Hello you' } });
  const { campaignId } = await client.createCampaign({
    body: {
      message: 'Hello again',
      contacts: [other, gone],
      pace: { messagesPerMinute: 15, burst: 1, jitter: 0 },
      start: true,
    },
  });
  const params = { campaignId };
  await until('the first is sent', async () => (await client.getCampaign({ params })).sent === 1);
  await client.pauseCampaign({ params });

  const erased = await runWam(['erase', ready.email, `+${gone}`], { WAM_DATA_DIR: dataDir, NATS_URL: '' });
  expect(erased).toMatchObject({ exitCode: 0, stderr: '' });
  expect(erased.stdout.split('\n')).toEqual([
    'dispatcher: erased from 1 recipients of campaigns, 0 rows of uploaded lists, 0 numbers on the suppression list (it still knows who opted out)',
    'engine: erased from 1 sent messages',
    'webhooks: erased from 1 deliveries of webhooks',
    'analytics: erased from 2 messages in read models and archive',
    'Sealed copies leave the event log after 90 days; answers kept for repeated requests go after a day.',
    '',
  ]);
  expect(await client.getMessage({ params: { messageId } })).toMatchObject({ to: '', text: '' });
  expect(await deliveries()).toHaveLength(1);
  expect((await client.listMessages({ query: { recipient: gone } })).data).toEqual([]);
  expect((await client.listMessages({ query: { recipient: other } })).data).toHaveLength(1);

  await client.resumeCampaign({ params });
  const ended = await until('the campaign ends', async () => {
    const campaign = await client.getCampaign({ params });
    return campaign.status === 'completed' && campaign;
  });
  expect(ended).toMatchObject({ total: 2, sent: 1, optedOut: 1 });
  expect((await client.listCampaignRecipients({ params })).data).toMatchObject([
    { number: other, state: 'sent' },
    { number: '', state: 'opted-out', error: { code: 'RECIPIENT_ERASED' } },
  ]);
  expect((await client.getInbox({ params: { number: gone } })).messages).toHaveLength(1);
});
