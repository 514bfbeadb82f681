/** The dashboard as a new user meets it: by keyboard alone, on a telephone in the dark and on a desk in the light. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { browserPath, openPage, startStage } from './browser.ts';
import type { Platform } from './platform.ts';

let platform: Platform;
let browser: Browser;
const resources = new AsyncDisposableStack();
beforeAll(async () => {
  if (browserPath !== undefined) ({ platform, browser } = resources.use(await startStage()));
}, 120_000);
afterAll(() => resources.disposeAsync());

const farthestTabs = 60;

/** Presses Tab until the control is focused, as somebody without a mouse does. */
async function tabTo(page: Page, label: string): Promise<void> {
  const control = page
    .getByRole('textbox', { name: label, exact: true })
    .or(page.getByRole('button', { name: label, exact: true }));
  await control.waitFor();
  for (let tabs = 0; tabs < farthestTabs; tabs += 1) {
    if (await control.evaluate((element) => element === element.ownerDocument.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`"${label}" is not reached by Tab`);
}
async function type(page: Page, label: string, text: string): Promise<void> {
  await tabTo(page, label);
  await page.keyboard.type(text);
}
async function press(page: Page, label: string): Promise<void> {
  await tabTo(page, label);
  await page.keyboard.press('Enter');
}

describe.skipIf(browserPath === undefined)('the dashboard says that the last moments may be missing', () => {
  it('while the read models are behind, and no longer', async () => {
    const { page, complaints } = await openPage(browser);
    let behind = true;
    await page.route(/\/api\/(sessions|messages)/, async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers(), ...(behind ? { 'stale-answer': 'true' } : {}) };
      await route.fulfill({ response, headers });
    });
    await page.goto(platform.url);
    await press(page, 'Create an account instead');
    await type(page, 'E-mail', 'stale@example.com');
    await type(page, 'Password', 'correct horse battery');
    await page.keyboard.press('Enter');
    await page.locator('#stale').getByText('what happened in the last moments may be missing').waitFor();
    await expectAccessible(page);
    behind = false;
    await page.locator('#stale:empty').waitFor({ state: 'attached' });
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(browserPath === undefined)('the dashboard leads from an account to the first message', () => {
  it.each([
    {
      title: 'a telephone in the dark',
      width: 360,
      height: 740,
      colorScheme: 'dark' as const,
      to: '919876500361',
      columns: 1,
    },
    {
      title: 'a desk in the light',
      width: 1280,
      height: 900,
      colorScheme: 'light' as const,
      to: '919876501281',
      columns: 2,
    },
  ])('on $title, by keyboard alone', async ({ width, height, colorScheme, to, columns }) => {
    const { page, origins, complaints } = await openPage(browser, { viewport: { width, height }, colorScheme });
    await page.goto(platform.url);
    await expectAccessible(page);

    await press(page, 'Create an account instead');
    await type(page, 'E-mail', `user-${width}@example.com`);
    await type(page, 'Password', 'correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByText('No session yet.').waitFor();
    await expectAccessible(page);

    await type(page, 'Name of a new session', 'Shop');
    await page.keyboard.press('Enter');
    await page.getByAltText('QR code that links a phone to this session').waitFor();
    await expectAccessible(page);

    await press(page, 'Scan with a simulated phone');
    await page.getByText('Connected', { exact: true }).waitFor();

    await type(page, 'To (country code first, digits only)', to);
    await type(page, 'Message', 'Hello from the dashboard');
    await press(page, 'Send');
    const sent = page.getByText('Message sent successfully');
    // The widest letters an id can have.
    await sent.evaluate((result) => result.append(` msg_${'W'.repeat(26)}`));
    await page.locator('#totals [data-series=sent]').getByText('1', { exact: true }).waitFor();

    await press(page, 'Open inbox');
    await page.locator('#inbox-messages').getByText('Hello from the dashboard').waitFor();
    await expectAccessible(page);

    await type(page, 'Write from this phone to the session chosen above', 'Thank you');
    await press(page, 'Write');
    await page.locator('#notice').getByText(`${to} wrote to `).waitFor();
    await page.locator('#live-messages').getByText('Thank you').waitFor();

    await press(page, 'Delete Shop');
    await press(page, 'Keep it');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page
      .locator('button:focus')
      .and(page.getByRole('button', { name: 'Delete Shop' }))
      .waitFor();
    await page.keyboard.press('Enter');
    await expectAccessible(page);
    await press(page, 'Delete');
    await page.getByText('No session yet.').waitFor();
    const lefts = await page
      .locator('#workspace > section:visible')
      .evaluateAll((sections) => sections.map((section) => section.getBoundingClientRect().left));
    expect(new Set(lefts).size).toBe(columns);
    expect([...origins]).toEqual([platform.url]);
    expect(complaints).toEqual([]);
  });
});
