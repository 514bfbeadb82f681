import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@wam/client';
import { eventually, type TemporaryDirectory, temporaryDirectory } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineProcess, isAlive, type Launched, launch, runWam } from './launched-platform.ts';

const startTimeoutMs = 90_000;
const recipient = '919876543210';

describe('wam start --target=all', () => {
  let folder: TemporaryDirectory;
  let platform: Launched;

  beforeAll(async () => {
    folder = await temporaryDirectory('wam-start-');
    platform = await launch(folder.path);
  }, startTimeoutMs);
  afterAll(async () => {
    await platform?.killAll();
    await folder?.remove();
  });

  const client = () => createClient({ baseUrl: platform.ready.url, token: platform.ready.token });
  const inbox = async () => (await client().getInbox({ params: { number: recipient } })).messages;
  const session = () => client().getSession({ params: { sessionId: platform.ready.sessionId } });
  const send = (message: string) =>
    client().sendMessage({ params: { sessionId: platform.ready.sessionId }, body: { to: recipient, message } });

  /** The line of the banner that starts so, run as a reader would who pastes it into a shell. */
  function paste(beginning: string): unknown {
    const line = platform
      .stdout()
      .split('\n')
      .find((each) => each.startsWith(beginning));
    return JSON.parse(execFileSync('sh', ['-c', line ?? 'false'], { encoding: 'utf8' }));
  }

  it('prints a curl that sends and one that shows what the recipient decrypted', async () => {
    const { url, email, password, sessionId } = platform.ready;
    await eventually(() => expect(platform.stdout()).toContain('Ctrl-C stops everything'));
    expect(platform.stdout()).toContain(`${url}/`);
    expect(platform.stdout()).toContain(password);
    expect(paste(`curl -s ${url}/api/sessions/${sessionId}/send`)).toMatchObject({ success: true, status: 'sent' });
    const received = await eventually(() => {
      const answer = paste(`curl -s ${url}/sandbox/phones/${recipient}/inbox`) as { messages: { text: string }[] };
      expect(answer.messages).toHaveLength(1);
      return answer;
    });
    expect(received.messages[0]?.text).toBe('Hello from WAMessenger!');
    const login = await createClient({ baseUrl: url }).login({ body: { email, password } });
    expect(login.user.email).toBe('owner@example.com');
  });

  it('serves the dashboard and says that it is ready', async () => {
    const { url } = platform.ready;
    const page = await fetch(`${url}/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<title>WAMessenger</title>');
    expect((await fetch(`${url}/app.js`)).headers.get('content-type')).toContain('javascript');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const links = [...platform.stdout().matchAll(/http:\/\/\S+\/docs(?:\/\S+)?/g)].map(([link]) => link);
    expect(links).toHaveLength(2);
    for (const link of links) expect((await fetch(link)).status).toBe(200);
  });

  it('a second start on the same data says who runs and where, and ends with 1', async () => {
    const second = await runWam(['start'], { PORT: '0', WAM_DATA_DIR: folder.path });
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain(`pid ${platform.ready.pid}`);
    expect(second.stderr).toContain(platform.ready.url);
    expect(second.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('a session engine that dies is replaced, and its session comes back without a new QR code', async () => {
    const before = engineProcess(platform);
    process.kill(before, 'SIGKILL');
    await eventually(() => expect(engineProcess(platform)).not.toBe(before), { timeoutMs: 20_000 });
    await eventually(async () => expect(await send('after the crash')).toMatchObject({ status: 'sent' }), {
      timeoutMs: 30_000,
      intervalMs: 500,
    });
    await eventually(async () => expect((await inbox()).map((each) => each.text)).toContain('after the crash'));
  });

  it(
    'after a SIGKILL of everything the first account, its session and the delivered messages are still there',
    async () => {
      const { email, password, sessionId, phone } = platform.ready;
      const received = await inbox();
      await platform.killAll();

      platform = await launch(folder.path);
      expect(platform.ready).toMatchObject({ email, password, sessionId, phone });
      expect(await inbox()).toEqual(received);
      expect(await session()).toMatchObject({ status: 'connected', hasQR: false, phone });
      expect(await send('after the power cut')).toMatchObject({ status: 'sent' });
    },
    startTimeoutMs,
  );

  it(
    'when only the launcher is killed nothing stays behind, and the next start works',
    async () => {
      const pids = platform.processes();
      expect(pids.length).toBeGreaterThan(4);
      platform.signal('SIGKILL');
      await eventually(() => expect(pids.filter(isAlive)).toEqual([]), { timeoutMs: 20_000, intervalMs: 100 });

      platform = await launch(folder.path);
      expect(await session()).toMatchObject({ status: 'connected' });
    },
    startTimeoutMs,
  );

  it('SIGTERM ends everything it started, with exit code 0', async () => {
    const pids = platform.processes();
    platform.signal('SIGTERM');
    expect(await platform.exited).toBe(0);
    await eventually(() => expect(pids.filter(isAlive)).toEqual([]));
  });
});

describe('wam start on the real network', () => {
  it(
    'starts the engine of the sandbox when its first session appears, and ends with a Ctrl-C in the terminal',
    async () => {
      await using folder = await temporaryDirectory('wam-start-');
      const platform = await launch(folder.path, { WAM_DEFAULT_NETWORK: 'whatsapp' });
      try {
        expect(platform.stdout()).toContain('real WhatsApp network');
        expect(platform.ready.sessionId).toBeNull();
        const { url, token } = platform.ready;
        const client = createClient({ baseUrl: url, token });
        const { sessionId } = await client.createSession({ body: { network: 'sandbox' } });
        const { qrCode } = await client.getSessionQr({ params: { sessionId } });
        expect(await client.scanQr({ body: { qrCode: qrCode ?? '' } })).toMatchObject({ success: true });

        const pids = platform.processes();
        platform.interruptGroup();
        expect(await platform.exited).toBe(0);
        expect(platform.stderr()).not.toContain('ended by itself');
        await eventually(() => expect(pids.filter(isAlive)).toEqual([]));
      } finally {
        await platform.killAll();
      }
    },
    startTimeoutMs,
  );
});

describe('wam start that cannot start', () => {
  let folder: TemporaryDirectory;
  beforeAll(async () => {
    folder = await temporaryDirectory('wam-start-');
  });
  afterAll(() => folder?.remove());

  it('names the port that is taken and the remedy in one line', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const PORT = String((server.address() as AddressInfo).port);
    const { exitCode, stderr } = await runWam(['start'], { PORT, WAM_DATA_DIR: folder.path });
    server.close();
    expect(exitCode).toBe(1);
    expect(stderr.trim()).toBe(
      `wam: port ${PORT} is in use by another program: stop it, or choose a port, as in PORT=3001 npm start`,
    );
  });

  it('tells every setting of every part that cannot be used at once', async () => {
    const env = { PORT: '0', ACCESS_TOKEN_TTL: 'soon', ENGINE_LOGIN_CONCURRENCY: '0' };
    const { exitCode, stderr } = await runWam(['start'], { ...env, WAM_DATA_DIR: folder.path });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ACCESS_TOKEN_TTL');
    expect(stderr).toContain('ENGINE_LOGIN_CONCURRENCY');
  });
});
