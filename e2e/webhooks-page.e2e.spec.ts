/** The page of webhooks, from the first one to its deletion, with a receiver on this machine. */
import type { Browser } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { browserPath, openPage, startStage } from './browser.ts';
import { type Platform, until } from './platform.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const resources = new AsyncDisposableStack();
let receiver: WebhookReceiver;
let platform: Platform;
let browser: Browser;
beforeAll(async () => {
  if (browserPath === undefined) return;
  receiver = resources.use(await startWebhookReceiver());
  ({ platform, browser } = resources.use(await startStage({ WEBHOOK_ALLOW: '127.0.0.1' })));
}, 120_000);
afterAll(() => resources.disposeAsync());

describe.skipIf(browserPath === undefined)('the page of webhooks', () => {
  it.each([
    { title: 'a telephone in the dark', width: 360, height: 740, colorScheme: 'dark' as const },
    { title: 'a desk in the light', width: 1280, height: 900, colorScheme: 'light' as const },
  ])('on $title: create, keep the secret, test, fail, send again, rotate, pause, delete', async (screen) => {
    const { width, height, colorScheme } = screen;
    const { page, origins, complaints } = await openPage(browser, { viewport: { width, height }, colorScheme });
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const refreshLog = async () => {
      await button('Refresh log').click();
      await page.getByRole('button', { name: 'Refresh log', exact: true, disabled: false }).waitFor();
    };
    const { email, password, phone } = platform.ready;
    const url = `${receiver.url}-${width}`;
    await page.goto(`${platform.url}/webhooks.html`);
    await page.getByText('You are not logged in.').waitFor();
    await page.goto(platform.url);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await button('Log in').click();
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByText('No webhook yet.').waitFor();
    await page.getByText('message.received').waitFor();
    await expectAccessible(page);

    await page.getByLabel('Address').fill(url);
    await page.getByLabel('Description').fill('CRM');
    await page.getByText('message.received').click();
    await button('Create webhook').click();
    const shownSecret = page.locator('#secret').filter({ hasText: 'whsec_' });
    const secret = (await shownSecret.textContent()) ?? '';
    expect(secret).toMatch(/^whsec_/);
    await expectAccessible(page);
    await button('I have kept it').click();
    expect(await page.content()).not.toContain(secret);

    await button('Send test: CRM').click();
    await page.getByText('The test arrived: 200').waitFor();
    const test = receiver.received.at(-1)!;
    expect(new Webhook(secret).verify(test.body, test.headers)).toMatchObject({ type: 'webhook.test' });

    receiver.answer = { status: 500, body: 'out of order' };
    await platform.client.simulateIncomingMessage({ body: { from: '919876543210', to: phone, message: 'Hi there' } });
    await until('attempt', async () => receiver.received.at(-1)?.body.includes('Hi there'));
    // It is tried again by itself after some five seconds: on a busy machine before this page is through.
    receiver.answer = { status: 200, body: 'thanks' };
    await button('Deliveries: CRM').click();
    // The attempt is shown when its outcome is committed, which this page does not wait for.
    await until('log', async () => {
      await refreshLog();
      return page.getByText(/attempts?, [25]00/).isVisible();
    });
    await button('Attempts').first().click();
    await page.getByText('out of order').first().waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: /^(Try now|Send again)$/ }).click();
    await until('delivery', async () => {
      await refreshLog();
      return page
        .getByText(/attempts, 200/)
        .first()
        .isVisible();
    });
    await page.getByLabel('Show').selectOption('failed');
    await page.getByText('Nothing.', { exact: true }).waitFor();

    await button('New secret: CRM').click();
    await page.getByText('Deliveries carry a signature of the former secret too').waitFor();
    const next = (await shownSecret.textContent()) ?? '';
    expect(next).not.toBe(secret);
    await button('I have kept it').click();
    await button('Pause: CRM').click();
    await page.getByText('Paused: events wait').waitFor();
    await button('Resume: CRM').click();
    await page.getByText('Active', { exact: true }).waitFor();

    await button('Delete: CRM').click();
    await button('Delete').click();
    await page.getByText('No webhook yet.').waitFor();
    expect([...origins]).toEqual([platform.url]);
    expect(complaints).toEqual([]);
  });
});
