/** A campaign on the page: made from a file, looked over, started, paused, resumed, cancelled; another one runs to its end. */
import { readFile } from 'node:fs/promises';
import { createClient } from '@wam/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { browserPath, openPage, startStage } from './browser.ts';
import { type Platform, until } from './platform.ts';

let platform: Platform;
let browser: Browser;
const resources = new AsyncDisposableStack();
beforeAll(async () => {
  if (browserPath !== undefined)
    ({ platform, browser } = resources.use(
      await startStage({ DEFAULT_PLAN: 'enterprise', RATE_LIMIT_GENERAL: '10000/15m' }),
    ));
}, 120_000);
afterAll(() => resources.disposeAsync());

const field = (page: Page, label: string) => page.getByLabel(label);
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

async function createCampaign(page: Page, name: string, rows: string[], perMinute: number): Promise<void> {
  await field(page, 'Name of a new campaign').fill(name);
  await field(page, 'Text').fill('Hello {{ name | friend }}');
  const buffer = Buffer.from(`number,name\n${rows.join('\n')}\n`);
  await field(page, 'Recipients').setInputFiles({ name: 'recipients.csv', mimeType: 'text/csv', buffer });
  await field(page, 'Messages a minute').fill(String(perMinute));
  await press(page, 'Create campaign');
}
const cardOf = (page: Page, name: string) => page.locator('#campaigns > li', { hasText: name });

describe.skipIf(browserPath === undefined)('the dashboard leads a campaign', () => {
  it('from a file with faults in it through a pause to its end', async () => {
    const { page, complaints } = await openPage(browser, { viewport: { width: 390, height: 844 } });
    await page.goto(platform.url);
    await press(page, 'Create an account instead');
    await field(page, 'E-mail').fill('campaigns@example.com');
    await field(page, 'Password').fill('correct horse battery');
    await press(page, 'Create an account');
    await field(page, 'Name of a new session').fill('Shop');
    await press(page, 'Create session');
    await press(page, 'Scan with a simulated phone');
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.getByText('No campaign yet.').waitFor();

    const slow = Array.from({ length: 30 }, (_, i) => `9198765${String(i).padStart(5, '0')},Asha ${i}`);
    await createCampaign(page, 'Slow', [...slow, 'not a number,Ravi', slow[0]!], 30);
    const card = cardOf(page, 'Slow');
    await card.getByText('98765').first().waitFor();
    expect(await card.textContent()).toMatch(/919876500000: Hello Asha 0/);
    expect(await card.textContent()).toMatch(/Left out: 1 bad, 1 repeated, 0 opted out/);
    // Line 1 names the columns.
    expect(await card.textContent()).toMatch(/Line 32: .*not a number/);
    await expectAccessible(page);

    await press(page, 'Start Slow');
    await card.getByText('Running').waitFor();
    await card.getByText(/[1-9][0-9]* sent/).waitFor();
    await press(page, 'Pause Slow');
    await card.getByText('Paused', { exact: true }).waitFor();
    await expectAccessible(page);
    await press(page, 'Resume Slow');
    await card.getByText('Running').waitFor();
    await press(page, 'Cancel Slow');
    await card.getByText('Cancelled').waitFor();

    await createCampaign(page, 'Fast', ['919876600001,Asha', '919876600002,'], 6000);
    await cardOf(page, 'Fast').getByText('919876600002: Hello friend').waitFor();
    await press(page, 'Start Fast');
    await cardOf(page, 'Fast').getByText('Completed').waitFor();
    expect(await cardOf(page, 'Fast').textContent()).toMatch(/2 of 2: 2 sent, 0 failed/);

    const [file] = await Promise.all([page.waitForEvent('download'), press(page, 'Outcomes as CSV: Fast')]);
    expect(file.suggestedFilename()).toMatch(/^cmp_.*\.csv$/);
    const [head, ...outcomes] = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n');
    expect(head).toMatch(/^number,state,/);
    expect(outcomes.map((row) => row.split(',').slice(0, 2))).toEqual([
      ['919876600001', 'sent'],
      ['919876600002', 'sent'],
    ]);
    await page.getByLabel('Message of Fast').click();
    await cardOf(page, 'Fast').getByText('Hello {{ name | friend }}', { exact: true }).waitFor();
    await press(page, 'Use again: Fast');
    await until('the form is filled', async () => (await field(page, 'Messages a minute').inputValue()) === '6000');
    expect(await page.getByLabel('Name of a new campaign').inputValue()).toBe('Fast');
    expect(await page.locator('#campaign-message').inputValue()).toBe('Hello {{ name | friend }}');
    await expectAccessible(page);

    const client = createClient({ baseUrl: platform.url });
    const login = { email: 'campaigns@example.com', password: 'correct horse battery' };
    client.useToken((await client.login({ body: login })).token);
    const hour = (offset: number) => `${String((new Date().getUTCHours() + offset) % 24).padStart(2, '0')}:00`;
    const schedule = { timeZone: 'UTC', sendBetween: { from: hour(2), to: hour(3) } };
    const contacts = ['919876700001'];
    await client.createCampaign({ body: { name: 'Later', message: 'Hello', contacts, schedule, start: true } });
    await cardOf(page, 'Later').getByText('Running').waitFor();
    await cardOf(page, 'Later')
      .getByText(/^Next message: /)
      .waitFor();
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  }, 120_000);
});
