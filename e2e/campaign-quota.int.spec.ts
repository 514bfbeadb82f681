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
