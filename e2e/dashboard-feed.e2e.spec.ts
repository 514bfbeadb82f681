/** The dashboard follows the event feed: what happens elsewhere is on the page without a reload, and nothing is missed while it is cut off. */
import { type Client, createClient } from '@wam/client';
import type { Browser, Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openPage, startStage } from './browser.ts';
import { linkSession, type Platform, until } from './platform.ts';

let platform: Platform;
let browser: Browser;
const resources = new AsyncDisposableStack();
beforeAll(async () => {
  if (browserPath !== undefined)
    ({ platform, browser } = resources.use(await startStage({ DEFAULT_PLAN: 'enterprise' })));
}, 120_000);
afterAll(() => resources.disposeAsync());

const password = 'correct horse battery';
async function accountOf(email: string): Promise<Client> {
  const client = createClient({ baseUrl: platform.url });
  client.useToken((await client.register({ body: { email, password } })).token);
  return client;
}
async function logIn(page: Page, email: string): Promise<void> {
  await page.goto(platform.url);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('#workspace[data-feed=followed]').waitFor();
}
const liveLines = (page: Page, text: string) => page.locator('#live-messages li').filter({ hasText: text });

describe.skipIf(browserPath === undefined)('the dashboard', () => {
  it('shows sessions, QR codes and messages as they happen elsewhere, without asking again and again', async () => {
    const email = 'live@example.com';
    const client = await accountOf(email);
    const { page, complaints } = await openPage(browser);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await logIn(page, email);

    const { sessionId } = await client.createSession({ body: { name: 'Elsewhere' } });
    await page.getByRole('heading', { name: 'Elsewhere' }).waitFor();
    const image = page.getByAltText('QR code that links a phone to this session');
    await image.waitFor();
    const { phone } = await client.scanQr({ body: { qrCode: (await image.getAttribute('src'))! } });
    await page.getByText('Connected', { exact: true }).waitFor();

    await client.simulateIncomingMessage({ body: { from: '919876543210', to: phone, message: 'Seen at once' } });
    await liveLines(page, 'Seen at once').filter({ hasText: 'Elsewhere' }).waitFor();
    const body = { to: '919876500012', message: 'And this' };
    await client.sendMessage({ params: { sessionId }, body });
    await liveLines(page, 'And this').filter({ hasText: 'to 919876500012: read' }).waitFor();
    await page.locator('#totals [data-series=read]').getByText('1', { exact: true }).waitFor();

    await client.deleteSession({ params: { sessionId } });
    await page.getByText('No session yet.').waitFor();
    // One look when the session appeared, at most; the codes themselves come with the feed.
    expect(asked.filter((each) => each.endsWith('/qr')).length).toBeLessThan(2);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('shows the last messages when it is opened, and takes a session offline and back', async () => {
    const email = 'before@example.com';
    const client = await accountOf(email);
    const { sessionId, phone } = await linkSession(client);
    await client.sendMessage({ params: { sessionId }, body: { to: '919876500013', message: 'Sent before' } });
    await client.simulateIncomingMessage({ body: { from: '919876500013', to: phone, message: 'Written before' } });
    await until('both messages', async () => {
      const { data } = await client.listMessages({ query: { direction: 'in' } });
      return data.length === 1;
    });
    const { page, complaints } = await openPage(browser);
    await logIn(page, email);
    await liveLines(page, 'Sent before').filter({ hasText: 'to 919876500013' }).filter({ hasText: 'read' }).waitFor();
    await liveLines(page, 'Written before').waitFor();

    await page.getByRole('button', { name: /^Disconnect / }).click();
    await page.getByText('Disconnected', { exact: true }).waitFor();
    await page.getByRole('button', { name: /^Connect / }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('comes back with its cursor and shows what it missed, once', async () => {
    const email = 'cut@example.com';
    const client = await accountOf(email);
    const { phone } = await linkSession(client);
    const { page } = await openPage(browser);
    const sockets: WebSocketRoute[] = [];
    let isCut = false;
    await page.routeWebSocket(/\/ws\?/, (socket) => {
      sockets.push(socket);
      if (isCut) void socket.close({ code: 1012 });
      else socket.connectToServer();
    });
    await logIn(page, email);
    const receive = (message: string) =>
      client.simulateIncomingMessage({ body: { from: '919876543210', to: phone, message } });
    await receive('before');
    await liveLines(page, 'before').waitFor();

    isCut = true;
    await sockets[0]!.close({ code: 1012 });
    await page.locator('#workspace[data-feed=away]').waitFor();
    for (const message of ['first meanwhile', 'second meanwhile']) await receive(message);
    isCut = false;
    for (const text of ['second meanwhile', 'first meanwhile', 'before']) {
      await liveLines(page, text).waitFor();
      expect(await liveLines(page, text).count()).toBe(1);
    }
    expect(sockets.length).toBeGreaterThan(1);
    expect(new URL(sockets.at(-1)!.url()).searchParams.get('after')).toMatch(/_\d+$/);
    await page.context().close();
  });
});
