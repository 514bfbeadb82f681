/** The page of webhooks, from the first one to its deletion, with a receiver on this machine. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { browserPath, launchBrowser, openPage } from './browser.ts';
import { type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

const received: { headers: Record<string, string>; body: string }[] = [];
let status = 200;
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
    response.writeHead(status).end(status === 200 ? 'thanks' : 'out of order');
  });
});
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let browser: Browser;
beforeAll(async () => {
  if (browserPath === undefined) return;
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  folder = await temporaryFolder();
  [platform, browser] = await Promise.all([
    startPlatform(folder.path, { WEBHOOK_ALLOW: '127.0.0.1' }),
    launchBrowser(),
  ]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
  receiver.close();
});

describe.skipIf(browserPath === undefined)('the page of webhooks', () => {
  it.each([
    { title: 'a telephone in the dark', width: 360, height: 740, colorScheme: 'dark' as const },
    { title: 'a desk in the light', width: 1280, height: 900, colorScheme: 'light' as const },
  ])('on $title: create, keep the secret, test, fail, send again, rotate, pause, delete', async (screen) => {
    const { width, height, colorScheme } = screen;
    const { page, origins, complaints } = await openPage(browser, { viewport: { width, height }, colorScheme });
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const { email, password, phone } = platform.ready;
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook-${width}`;
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
    const test = received.at(-1)!;
    expect(new Webhook(secret).verify(test.body, test.headers)).toMatchObject({ type: 'webhook.test' });

    status = 500;
    await platform.client.simulateIncomingMessage({ body: { from: '919876543210', to: phone, message: 'Hi there' } });
    await until('attempt', async () => received.at(-1)?.body.includes('Hi there'));
    // It is tried again by itself after some five seconds: on a busy machine before this page is through.
    status = 200;
    await button('Deliveries: CRM').click();
    // The attempt is shown when its outcome is committed, which this page does not wait for.
    await until('log', async () => {
      await button('Refresh log').click();
      return page.getByText(/attempts?, [25]00/).isVisible();
    });
    await button('Attempts').first().click();
    await page.getByText('out of order').first().waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: /^(Try now|Send again)$/ }).click();
    await until('delivery', async () => {
      await button('Refresh log').click();
      return page.getByText(/attempts, 200/).isVisible();
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
