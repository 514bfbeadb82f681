/**
 * The daily quota where the dispatcher takes it: bulk sends and campaigns beside single sends, through two gateways, two processes of auth and
 * two of the dispatcher. Three figures must agree: what the account has used, what lay on the bus, and what the network saw.
 */

import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Installation, startInstallation, type Tenant } from './campaign-quota/installation.ts';

const day = 60;
/** Whoever waits for the quota asks again after five minutes: some looks of this file, each of which lets that much pass. */
const perLookMs = 36_000;
const hourMs = 3_600_000;
const notOnWhatsApp = '19990000003';
const pace = { messagesPerMinute: 6000, burst: 20, jitter: 0 };

let installation: Installation;
beforeAll(async () => {
  installation = await startInstallation(day);
}, 60_000);
afterAll(() => installation?.[Symbol.asyncDispose]());

const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => String(919_200_000_000 + from + i));
const stanzasOf = ({ tenant }: Tenant) => installation.sandbox.ledger(tenant);

/** Sessions give back what they reserved and did not need, and others take it. */
async function untilUsedUp(tenant: Tenant): Promise<void> {
  await eventually(
    async () => {
      installation.passTime(perLookMs);
      expect([await tenant.used(), tenant.published().size, stanzasOf(tenant).length]).toEqual([day, day, day]);
      // Whoever has something left has been told that there is no more, and keeps its time until there is.
      const { data } = await tenant.clients[0].listCampaigns();
      for (const { pending, nextSendAt } of data)
        if (pending > 0) expect(Date.parse(nextSendAt!) - installation.now()).toBeGreaterThan(60_000);
    },
    { timeoutMs: 30_000, intervalMs: 200 },
  );
}
describe('of the messages of a day', () => {
  test('bulk sends, campaigns, singles and batches get exactly all there are, and the rest of the next day', async () => {
    const tenant = await installation.newTenant(2);
    const { clients, sessionIds } = tenant;
    const [sessionId] = sessionIds as [string];
    const bulk = (from: number) => ({ body: { contacts: numbers(15, from), message: 'Offer', delay: 0, sessionId } });
    const accepted = (sending: Promise<unknown>, count: number) =>
      sending.then(
        () => count,
        ({ code }) => {
          expect(code).toBe('DAILY_LIMIT_REACHED');
          return 0;
        },
      );
    const messages = numbers(5, 900).map((to) => ({ to, message: 'Batch' }));
    const bulks = [clients[0].bulkSend(bulk(0)), clients[1].bulkSend(bulk(100))];
    const campaigns = await Promise.all(
      clients.map((client, n) =>
        client.createCampaign({
          body: { message: 'Campaign', contacts: numbers(25, 200 + 100 * n), sessionIds, pace, start: true },
        }),
      ),
    );
    const others = await Promise.all([
      ...numbers(20, 500).map((to, n) =>
        accepted(clients[n % 2]!.sendMessage({ params: { sessionId }, body: { to, message: 'Single' } }), 1),
      ),
      ...clients.map((client) => accepted(client.sendMessageBatch({ params: { sessionId }, body: { messages } }), 5)),
    ]);
    await untilUsedUp(tenant);

    await tenant.passMidnight();
    expect(await Promise.all(bulks)).toMatchObject([{ sent: 15 }, { sent: 15 }]);
    for (const { campaignId } of campaigns)
      await eventually(async () =>
        expect(await clients[0].getCampaign({ params: { campaignId } })).toMatchObject({
          status: 'completed',
          sent: 25,
        }),
      );
    const all = 2 * 15 + 2 * 25 + others.reduce((sum, count) => sum + count, 0);
    await eventually(async () => expect(await tenant.used()).toBe(all - day));
    expect([tenant.published().size, stanzasOf(tenant).length]).toEqual([all, all]);
  }, 60_000);

  test('rows that are bad, repeated or opted out take none; who is not on WhatsApp takes one', async () => {
    const tenant = await installation.newTenant(1);
    const [client, other] = tenant.clients;
    const [first, second, third, out] = numbers(4) as [string, string, string, string];
    await client.addSuppressions({ body: { numbers: [out] } });
    const contacts = [first, second, first, out, notOnWhatsApp];
    const { campaignId } = await other.createCampaign({ body: { message: 'Hello', contacts, pace, start: true } });
    await eventually(async () =>
      expect(await client.getCampaign({ params: { campaignId } })).toMatchObject({
        status: 'completed',
        sent: 2,
        failed: 1,
        problems: { duplicates: 1, optedOut: 1 },
      }),
    );
    await eventually(async () => expect(await tenant.used()).toBe(3));
    const bulk = { contacts: [third, third, notOnWhatsApp], message: 'Hello', delay: 0 };
    expect(await other.bulkSend({ body: bulk })).toMatchObject({ total: 3, sent: 2, failed: 1 });
    await expect(client.bulkSend({ body: { ...bulk, contacts: [third, 'nobody'] } })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    await eventually(async () => expect(await tenant.used()).toBe(5));
    expect(tenant.published().size).toBe(5);
  });

  test('a session that waits for its sending hours holds none of them, and has them again when they come', async () => {
    const tenant = await installation.newTenant(2);
    const [client] = tenant.clients;
    await tenant.passMidnight();
    installation.passTime(6 * hourMs);
    const [waiting, other] = tenant.sessionIds as [string, string];
    const now = installation.now();
    const timeOf = (ms: number) => new Date(ms).toISOString().slice(11, 16);
    const { campaignId } = await client.createCampaign({
      body: {
        message: 'In the morning',
        contacts: numbers(30, 1000),
        sessionIds: [waiting],
        pace: { messagesPerMinute: 1, burst: 1, jitter: 0 },
        schedule: { timeZone: 'UTC', sendBetween: { from: timeOf(now), to: timeOf(now + hourMs) } },
        start: true,
      },
    });
    const campaign = () => client.getCampaign({ params: { campaignId } });
    await eventually(async () => {
      const { sent } = await campaign();
      expect(sent).toBeGreaterThanOrEqual(1);
      expect(await tenant.used()).toBeGreaterThan(sent);
    });
    installation.passTime(hourMs);
    const left = await eventually(async () => {
      installation.passTime(perLookMs);
      const { sent } = await campaign();
      expect(sent).toBe(stanzasOf(tenant).length);
      expect(await tenant.used()).toBe(sent);
      return day - sent;
    });
    const messages = numbers(left - 1, 2000).map((to) => ({ to, message: 'Others' }));
    expect(await client.sendMessageBatch({ params: { sessionId: other }, body: { messages } })).toMatchObject({
      accepted: left - 1,
    });
    expect(await campaign()).toMatchObject({ status: 'running', pending: 30 - (day - left) });
    await tenant.passMidnight();
    installation.passTime(6 * hourMs);
    await eventually(async () => {
      installation.passTime(60_000);
      expect((await campaign()).sent).toBeGreaterThan(day - left);
    });
    await client.cancelCampaign({ params: { campaignId } });
  }, 60_000);

  test('a message that nobody tried to send takes none: its session is not connected, or goes away before', async () => {
    const tenant = await installation.newTenant(0);
    const [client] = tenant.clients;
    const { sessionId } = await client.createSession({ body: { network: 'sandbox' } });
    const sending = { params: { sessionId }, body: { to: numbers(1)[0]!, message: 'Nobody there' } };
    const idempotencyKey = 'the-same-each-time';
    for (const options of [{}, { idempotencyKey }, { idempotencyKey }])
      await expect(client.sendMessage(sending, options)).rejects.toMatchObject({ code: 'SESSION_NOT_CONNECTED' });
    await eventually(async () => expect(await tenant.used()).toBe(0));

    const later = { headers: { prefer: 'respond-async' } };
    const { messageId } = await client.sendMessage(sending, later);
    expect(await tenant.used()).toBe(1);
    await client.deleteSession({ params: { sessionId } });
    await eventually(async () =>
      expect(await client.getMessage({ params: { messageId } })).toMatchObject({ error: { code: 'SESSION_DELETED' } }),
    );
    await eventually(async () => expect(await tenant.used()).toBe(0));
  });

  test('dispatchers that restart or are killed send none twice, and what they held of the day is sent by others: it is counted exactly', async () => {
    const tenant = await installation.newTenant(2);
    const { clients, sessionIds } = tenant;
    const contacts = numbers(2 * day);
    const slow = { messagesPerMinute: 600, burst: 5, jitter: 0 };
    const { campaignId } = await clients[0].createCampaign({
      body: { message: 'Hello', contacts, sessionIds, pace: slow, start: true },
    });
    const onTheirWay = (count: number) =>
      eventually(() => expect(tenant.published().size).toBeGreaterThanOrEqual(count), { timeoutMs: 20_000 });
    await onTheirWay(10);
    await installation.replaceDispatcher('SIGKILL');
    await onTheirWay(25);
    await installation.replaceDispatcher('SIGTERM');
    await onTheirWay(35);
    await installation.replaceDispatcher('SIGKILL');
    await untilUsedUp(tenant);
    await tenant.passMidnight();
    await onTheirWay(2 * day);
    expect(await tenant.used()).toBe(day);
    await tenant.passMidnight();
    await eventually(async () =>
      expect(await clients[1].getCampaign({ params: { campaignId } })).toMatchObject({
        status: 'completed',
        sent: contacts.length,
      }),
    );
    const reached = stanzasOf(tenant).map(({ to }) => to.replace(/[:@].*$/, ''));
    expect(reached.toSorted()).toEqual(contacts);
    expect(stanzasOf(tenant).every(({ count }) => count === 1)).toBe(true);
  }, 90_000);
});
