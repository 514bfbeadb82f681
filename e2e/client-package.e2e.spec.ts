/** The typed client as it is published: built, installed under node_modules, run by the oldest Node it promises and by a browser. */
import { execFile, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findFreePort } from '@wam/local-infra';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, launchBrowser } from './browser.ts';
import { type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('..', import.meta.url));

/** The Node of the system where it is an older one than ours, otherwise ours. */
const node =
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((path) => !path.includes('node_modules'))
    .map((path) => join(path, 'node'))
    .find(existsSync) ?? process.execPath;

/** Two sites of customers, each with a page and the client beside it. */
let allowedSite: Server;
let otherSite: Server;
async function startSite(files: string): Promise<Server> {
  const site = createServer(({ url = '/' }, response) => {
    const name = /^\/client\/([\w.-]+\.js)$/.exec(url)?.[1];
    response.setHeader('content-type', name === undefined ? 'text/html' : 'text/javascript');
    if (name === undefined) response.end('<title>A site</title>');
    else createReadStream(join(files, name)).pipe(response);
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  return site;
}
const originOf = (site: Server): string => `http://127.0.0.1:${(site.address() as AddressInfo).port}`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let programs = 0;
const env = (more: Record<string, string> = {}) => ({
  PATH: process.env.PATH,
  WAM: platform.url,
  TOKEN: platform.ready.token,
  ...more,
});

beforeAll(async () => {
  folder = await temporaryFolder();
  const installed = join(folder.path, 'node_modules', '@wam', 'client');
  await mkdir(installed, { recursive: true });
  const build = run(process.execPath, ['packages/client/scripts/build.ts', installed], { cwd: repository });
  [allowedSite, otherSite] = await Promise.all([startSite(installed), startSite(installed)]);
  const env = { DEFAULT_PLAN: 'enterprise', ALLOWED_ORIGINS: originOf(allowedSite) };
  [platform] = await Promise.all([startPlatform(folder.path, env), build]);
}, 120_000);
afterAll(async () => {
  allowedSite?.close();
  otherSite?.close();
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function programOf(source: string): Promise<string> {
  const path = join(folder.path, `program-${++programs}.mjs`);
  await writeFile(path, source);
  return path;
}

/** `## Heading` -> the programs under it. */
async function readmeExamples(): Promise<Map<string, string[]>> {
  const text = await readFile(join(repository, 'packages/client/README.md'), 'utf8');
  const sections = text.split(/^## /m).map((section) => {
    const [heading = ''] = section.split('\n');
    return [heading, [...section.matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1]!)] as const;
  });
  return new Map(sections);
}

describe('the published client', () => {
  it(`has examples in its README that work, in Node ${node === process.execPath ? process.version : 'of the system'}`, async () => {
    const examples = await readmeExamples();
    const outputs = new Map<string, string>();
    for (const heading of ['# The typed client', 'Errors', 'Sending again', 'Lists']) {
      const [source] = examples.get(heading)!;
      const { stdout } = await run(node, [await programOf(source!)], { env: env(), timeout: 30_000 });
      outputs.set(heading, stdout);
    }
    expect(outputs.get('# The typed client')).toMatch(/^msg_\w+ (sent|delivered|read)\n$/);
    expect(outputs.get('Errors')).toContain(`see ${platform.url}/docs/errors/NOT_ON_WHATSAPP`);
    expect(outputs.get('Sending again')).toMatch(/^msg_/);
    expect(outputs.get('Lists')).toBe('19990000003 NOT_ON_WHATSAPP\n');
  });

  it('receives webhooks with the program of its README', async () => {
    const [source] = (await readmeExamples()).get('Webhooks')!;
    const port = await findFreePort();
    const key = randomBytes(24);
    const secret = `whsec_${key.toString('base64')}`;
    const child = spawn(node, [await programOf(source!)], { env: env({ PORT: String(port), WEBHOOK_SECRET: secret }) });
    const chunks: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    const body = JSON.stringify({
      id: 'evt_1',
      type: 'session.connected',
      timestamp: new Date().toISOString(),
      data: {},
    });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = `v1,${createHmac('sha256', key).update(`evt_1.${timestamp}.${body}`).digest('base64')}`;
    const deliver = (sent: string) =>
      fetch(`http://127.0.0.1:${port}`, {
        method: 'POST',
        body: sent,
        headers: { 'webhook-id': 'evt_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature },
      }).then(({ status }) => status);
    try {
      await until('the receiver listens', () => deliver(body).catch(() => undefined));
      expect(await deliver(body)).toBe(204);
      expect(await deliver(`${body} `)).toBe(400);
      expect(chunks.join('')).toContain('evt_1 session.connected');
    } finally {
      child.kill();
    }
  });

  it('follows the events with the program of its README', async () => {
    const [source] = (await readmeExamples()).get('Events')!;
    const child = spawn(node, [await programOf(source!)], { env: env() });
    const chunks: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    const params = { sessionId: platform.ready.sessionId };
    const body = { to: '919876500007', message: 'Are you there?' };
    try {
      await until('a status and a message are printed', async () => {
        await platform.client.sendMessage({ params, body });
        await platform.client.simulateIncomingMessage({
          body: { from: body.to, to: platform.ready.phone, message: 'I am here' },
        });
        return /^msg_\w+ sent \w+$/m.test(chunks.join('')) && chunks.join('').includes(`${body.to} I am here`);
      });
    } finally {
      child.kill();
    }
  });

  it.skipIf(browserPath === undefined)(
    'works in pages of a site that the operator allows, and in no others',
    async () => {
      const browser = await launchBrowser();
      try {
        const openPage = async (site: Server) => {
          const page = await browser.newPage();
          await page.goto(originOf(site));
          return page;
        };
        const seen = await (await openPage(allowedSite)).evaluate(`(async () => {
        const { createClient } = await import('/client/index.js');
        const wam = createClient({ baseUrl: '${platform.url}' });
        const login = { email: 'page@example.com', password: 'correct horse battery' };
        await wam.register({ body: login });
        wam.useToken((await wam.login({ body: login })).token);
        const { cursor } = await wam.listEvents({ query: { after: 'latest' } });
        const { sessionId } = await wam.createSession({ body: { name: 'Page' } });
        const { qrCode } = await wam.getSessionQr({ params: { sessionId } });
        await wam.scanQr({ body: { qrCode } });
        const types = [];
        for await (const { type, data } of wam.events({ after: cursor, types: ['session.connected', 'message.*'] })) {
          types.push(type);
          if (type === 'session.connected')
            await wam.sendMessage({ params: { sessionId }, body: { to: '919876500008', message: 'From a browser' } });
          if (data.status === 'read') break;
        }
        const answer = await fetch('${platform.url}/api/nothing');
        return { types: [...new Set(types)], remaining: answer.headers.get('x-ratelimit-remaining') };
      })()`);
        expect(seen).toEqual({
          types: ['session.connected', 'message.status'],
          remaining: expect.stringMatching(/^\d+$/),
        });

        const refused = await (await openPage(otherSite)).evaluate(`(async () => {
        const { createClient, WamConnectionError } = await import('/client/index.js');
        const wam = createClient({ baseUrl: '${platform.url}', token: '${platform.ready.token}', retries: 0 });
        const calls = [wam.listSessions(), wam.login({ body: { email: 'page@example.com', password: 'x' } })];
        const outcomes = await Promise.allSettled(calls);
        const socket = new WebSocket('${platform.url.replace('http', 'ws')}/ws');
        const opened = await new Promise((resolve) => {
          socket.onopen = () => resolve(true);
          socket.onerror = () => resolve(false);
        });
        return { opened, unread: outcomes.map(({ reason }) => reason instanceof WamConnectionError) };
      })()`);
        expect(refused).toEqual({ opened: false, unread: [true, true] });
      } finally {
        await browser.close();
      }
    },
  );
});
