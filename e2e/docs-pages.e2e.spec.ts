/** The documentation as a reader meets it: in a browser, on a running platform. */
import { AxeBuilder } from '@axe-core/playwright';
import { errorCodes } from '@wam/contracts';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openPage, startStage } from './browser.ts';
import type { Platform } from './platform.ts';

let platform: Platform;
let browser: Browser;
const resources = new AsyncDisposableStack();
beforeAll(async () => {
  if (browserPath !== undefined) ({ platform, browser } = resources.use(await startStage()));
}, 120_000);
afterAll(() => resources.disposeAsync());

if (browserPath === undefined) console.warn('Without a browser (apt-get install chromium) the pages are not looked at');

describe.skipIf(browserPath === undefined)('the API reference at /docs', () => {
  it('asks no foreign host, and breaks no rule of its own policy', async () => {
    const { page, origins, complaints } = await openPage(browser);
    await page.goto(`${platform.url}/docs`);
    await page.getByRole('heading', { name: 'WAMessenger API' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('pairing');
    await page
      .getByRole('option', { name: /Pairing code/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'Pairing code to link a phone without a camera' }).waitFor();
    expect([...origins]).toEqual([platform.url]);
    expect(complaints).toEqual([]);
  });

  it('shows our samples in three languages', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${platform.url}/docs#tag/sessions/GET/api/sessions`);
    await page.getByRole('button', { name: 'Change code sample language: curl' }).first().click();
    expect(await page.getByRole('option').allTextContents()).toEqual(['curl', 'TypeScript', 'Python']);
    await page.getByRole('option', { name: 'TypeScript' }).click();
    await page.getByText("import { createClient } from '@wam/client'").first().waitFor();
  });

  it('sends a request with the login of the dashboard, and shows the answer', async () => {
    const { page } = await openPage(browser);
    await page.goto(platform.url);
    await page.evaluate(`sessionStorage.setItem('wam.token', '${platform.ready.token}')`);
    await page.goto(`${platform.url}/docs#tag/sessions/GET/api/sessions`);
    await page.getByRole('button', { name: 'Test Request (get /api/sessions)' }).click();
    const send = page.getByRole('button', { name: /Send get request/ });
    await send.waitFor();
    const [response] = await Promise.all([
      page.waitForResponse((response) => response.url() === `${platform.url}/api/sessions`),
      send.click(),
    ]);
    expect(response.status()).toBe(200);
    expect(await response.json()).toMatchObject({ sessions: [{ sessionId: platform.ready.sessionId }] });
    await page.getByText(platform.ready.sessionId).first().waitFor();
  });
});

describe.skipIf(browserPath === undefined)('the error pages', () => {
  it('lead from the list to each code, without a foreign host', async () => {
    const { page, origins, complaints } = await openPage(browser);
    await page.goto(`${platform.url}/docs/errors`);
    const links = await page.locator('main a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    expect(new Set(links)).toEqual(new Set(errorCodes.map((code) => `/docs/errors/${code}`)));
    await page.getByRole('link', { name: 'SESSION_NOT_CONNECTED' }).click();
    await page.getByText('What to do').waitFor();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    expect([...origins]).toEqual([platform.url]);
    expect(complaints).toEqual([]);
  });
});
