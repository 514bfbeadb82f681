/** The event feed as customers meet it: the documentation's Socket.IO programs, and a plain WebSocket with a ticket, on linked sandbox sessions. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, createClient, type FeedEvent } from '@wam/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, launchBrowser } from './browser.ts';
import { type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
const openEmail = 'open@example.com';
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let opened: Client;

beforeAll(async () => {
  folder = await temporaryFolder();
  platform = await startPlatform(folder.path, { DEFAULT_PLAN: 'enterprise', LEGACY_OPEN_ACCOUNT: openEmail });
  [opened] = await accountFor(openEmail);
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function accountFor(email: string): Promise<[Client, string]> {
  const client = createClient({ baseUrl: platform.url });
  const { token } = await client.register({ body: { email, password: 'securepassword123' } });
  client.useToken(token);
  return [client, token];
}

/** Only the address differs from the documentation, and the credential where there is one. */
async function programOf(name: string, token: string | undefined): Promise<string> {
  const source = await readFile(join(repository, 'e2e/documented-programs', name), 'utf8');
  const address = source.replace('https://wamessenger.alintro.com', platform.url);
  if (token === undefined) return address;
  const auth = `auth: { token: '${token}' }`;
  return address
    .replace("transports: ['websocket']", `transports: ['websocket'], ${auth}`)
    .replace(`io('${platform.url}')`, `io('${platform.url}', { ${auth} })`);
}

async function startNodeProgram(source: string) {
  const path = join(folder.path, `socket-io-${process.hrtime.bigint()}.cjs`);
  await writeFile(path, source);
  const child = spawn(process.execPath, [path], {
    env: { ...process.env, NODE_PATH: join(repository, 'node_modules') },
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return {
    output: () => chunks.join(''),
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** The page on a site of the customer's own, so that everything it asks of the platform crosses origins. */
async function openCustomerPage(source: string) {
  const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(source));
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const browser = await launchBrowser();
  const page = await browser.newPage();
  await page.route('https://cdn.socket.io/**', (route) =>
    route.fulfill({ path: join(repository, 'node_modules/socket.io-client/dist/socket.io.min.js') }),
  );
  const alerts: string[] = [];
  page.on('dialog', async (dialog) => {
    alerts.push(dialog.message());
    await dialog.accept();
  });
  const upgraded = page.waitForEvent('websocket');
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await upgraded;
  return {
    alerts,
    qrCode: () => page.locator('#qr-image').getAttribute('src'),
    async [Symbol.asyncDispose]() {
      await browser.close();
      site.close();
    },
  };
}

describe.each([
  ['as it stands, where the installation acts for one account without tokens', false],
  ['with a token', true],
])('the Socket.IO programs of the documentation, %s:', (_title, withToken) => {
  const account = async (): Promise<[Client, string | undefined]> =>
    withToken ? accountFor(`socket-${process.hrtime.bigint()}@example.com`) : [opened, undefined];

  it('Node.js hears of the QR code, of the connection and of its end', async () => {
    const [client, token] = await account();
    await using program = await startNodeProgram(await programOf('socket-io.cjs', token));
    await until('connected', async () => program.output().includes('Connected to WAMessenger'));
    const { sessionId } = await client.createSession({ body: { name: 'Node' } });
    const params = { sessionId };
    await until('QR code', async () => program.output().includes(`QR Code received for session: ${sessionId}`));
    const { qrCode } = await client.getSessionQr({ params });
    const { phone } = await client.scanQr({ body: { qrCode: qrCode! } });
    await until('connection', async () =>
      program.output().includes(`Session ${sessionId} connected!\nPhone: ${phone}`),
    );
    // The phone removes the linked device.
    await client.injectFault({ body: { phone, kind: 'unlink' } });
    await until('end', async () => program.output().includes(`Session ${sessionId} disconnected:`));
  });

  it.skipIf(browserPath === undefined)('a page shows the QR code, which a phone scans, and is told', async () => {
    const [client, token] = await account();
    await using page = await openCustomerPage(await programOf('browser.html', token));
    const { sessionId } = await client.createSession({ body: { name: 'Browser' } });
    const qrCode = await until('QR code on the page', async () => (await page.qrCode()) ?? undefined);
    const { phone } = await client.scanQr({ body: { qrCode } });
    await until('alert', async () => page.alerts.includes(`WhatsApp connected! Phone: ${phone}`));
    await client.deleteSession({ params: { sessionId } });
  });
});

describe('a plain WebSocket with a ticket', () => {
  async function follow(client: Client, query = '') {
    const { ticket } = await client.createEventsTicket();
    const socket = new WebSocket(`${platform.url.replace('http', 'ws')}/ws?ticket=${ticket}${query}`);
    // biome-ignore lint/suspicious/noExplicitAny: frames of every type
    const frames: any[] = [];
    socket.addEventListener('message', ({ data }) => frames.push(JSON.parse(String(data))));
    const find = (what: string, test: (frame: FeedEvent) => boolean) =>
      until(what, async () => frames.find((frame) => frame.data !== undefined && test(frame)) as FeedEvent | undefined);
    await until('ready', async () => frames[0]?.type === 'ready');
    return { socket, events: (): FeedEvent[] => frames.filter(({ cursor, data }) => cursor && data), find };
  }

  it('brings the QR code of a login, a message and what becomes of it; a client that returns gets the same again', async () => {
    const [client] = await accountFor('feed@example.com');
    const [stranger] = await accountFor('stranger@example.com');
    const [follower, other] = [await follow(client), await follow(stranger)];
    const { sessionId } = await client.createSession({ body: { name: 'Feed' } });
    const issued = await follower.find('QR code', ({ type }) => type === 'session.qr');
    const { qrCode } = issued.data as { qrCode: string };
    const { phone } = await client.scanQr({ body: { qrCode } });
    await follower.find('connected', ({ type }) => type === 'session.connected');

    const body = { to: '919876500011', message: 'Are you there?' };
    const { messageId } = await client.sendMessage({ params: { sessionId }, body });
    for (const status of ['sent', 'delivered', 'read'])
      await follower.find(
        status,
        ({ type, data }) =>
          type === 'message.status' &&
          (data as { messageId: string }).messageId === messageId &&
          (data as { status: string }).status === status,
      );
    await client.simulateIncomingMessage({ body: { from: body.to, to: phone, message: 'I am here' } });
    const answer = await follower.find('answer', ({ type }) => type === 'message.received');
    expect(answer).toMatchObject({ sessionId, data: { from: body.to, text: 'I am here' } });
    expect(other.events()).toEqual([]);
    const startAt = new Date(Date.now() + 86_400_000).toISOString();
    const contacts = ['919876500012'];
    const { campaignId } = await client.createCampaign({
      body: { message: 'Hello', contacts, start: true, schedule: { startAt } },
    });
    const last = await follower.find('campaign', ({ type }) => type === 'campaign.scheduled');
    expect(last.data).toEqual({ campaignId, startAt });

    const first = follower.events()[0]!;
    const seen = follower
      .events()
      .slice(1)
      .map(({ id, cursor }) => ({ id, cursor }));
    const returned = await follow(client, `&after=${first.cursor}`);
    await returned.find('the last one', ({ cursor }) => cursor === last.cursor);
    expect(returned.events().map(({ id, cursor }) => ({ id, cursor }))).toEqual(seen);
    const iterated: string[] = [];
    for await (const { id, cursor } of client.events({ after: first.cursor })) {
      iterated.push(id);
      if (cursor === last.cursor) break;
    }
    expect(iterated).toEqual(seen.map(({ id }) => id));
    for (const { socket } of [follower, other, returned]) socket.close();
  });
});
