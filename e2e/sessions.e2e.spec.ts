/** Linking by code, the default session of the legacy API, counting what came while offline, and leaving nothing behind. */
import { type Client, createClient } from '@wam/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkSession, type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
beforeAll(async () => {
  folder = await temporaryFolder();
  platform = await startPlatform(folder.path);
}, 90_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function accountOf(email: string): Promise<Client> {
  const account = createClient({ baseUrl: platform.url });
  account.useToken((await account.register({ body: { email, password: 'securepassword123' } })).token);
  return account;
}
const untilStatus = (client: Client, sessionId: string, wanted: string) =>
  until(`session ${wanted}`, async () => (await client.getSessionStatus({ params: { sessionId } })).status === wanted);

describe('a session', () => {
  it('is linked by a code that is typed on the phone, and sends', async () => {
    const client = await accountOf('code@example.com');
    const { sessionId } = await client.createSession({ body: { name: 'No camera' } });
    const params = { sessionId };
    const phone = '15551230071';
    const { code, expiresAt, phone: named } = await client.requestPairingCode({ params, body: { phone } });
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect(named).toBe(phone);
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());

    const wrong = client.enterPairingCode({ body: { phone, code: 'AAAA-AAAA' } });
    await expect(wrong).rejects.toMatchObject({ status: 400, code: 'SANDBOX_CODE_INVALID', param: 'code' });
    const elsewhere = client.enterPairingCode({ body: { phone: '15551230072', code } });
    await expect(elsewhere).rejects.toMatchObject({ status: 410, code: 'SANDBOX_CODE_EXPIRED' });

    const again = await client.requestPairingCode({ params, body: { phone } });
    const linked = await client.enterPairingCode({ body: { phone, code: again.code } });
    expect(linked).toEqual({ success: true, phone, lid: expect.stringMatching(/^\d+$/) });
    await untilStatus(client, sessionId, 'connected');
    const sent = await client.sendMessage({ params, body: { to: '919876500201', message: 'Linked by code' } });
    expect(sent).toMatchObject({ status: 'sent' });
    await expect(client.requestPairingCode({ params, body: { phone } })).rejects.toMatchObject({
      status: 409,
      code: 'SESSION_ALREADY_CONNECTED',
    });
    expect(platform.output()).not.toContain(again.code.replace('-', ''));
    expect(platform.output()).not.toContain(again.code);
  });

  it('is in the audit log with the API key that made it and the user who deleted it', async () => {
    const user = await accountOf('audit@example.com');
    const { key, keyId } = await user.createApiKey({ body: { name: 'CRM', mode: 'test', scopes: ['manage'] } });
    const { sessionId } = await createClient({ baseUrl: platform.url, token: key }).createSession({});
    await user.deleteSession({ params: { sessionId } });
    const entries = await until('both to be in the audit log', async () => {
      const { data } = await user.listAudit({ query: { limit: 10 } });
      const own = data.filter(({ subject }) => subject === sessionId);
      return own.length === 2 ? own : undefined;
    });
    expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
      ['session.deleted', 'user'],
      ['session.created', `key:${keyId}`],
    ]);
  });

  it('goes by the name and metadata it was given last, in the list and in every event from then on', async () => {
    const client = await accountOf('renamed@example.com');
    const { sessionId } = await client.createSession({ body: { name: 'First', metadata: { customer: '1' } } });
    const params = { sessionId };
    const { cursor: after } = await client.listEvents({ query: { after: 'latest' } });
    const words = { name: 'Second', metadata: { customer: '2' } };
    expect(await client.updateSession({ params, body: words })).toMatchObject({ success: true, ...words });
    expect(await client.getSession({ params })).toMatchObject({ ...words, description: '' });
    const events = await until('the event of the change', async () => {
      const { events: found } = await client.listEvents({ query: { after, type: 'session.updated' } });
      return found.length > 0 && found;
    });
    expect(events).toMatchObject([
      { type: 'session.updated', data: words, session: { sessionId, ...words }, sessionId },
    ]);
    await client.deleteSession({ params });
    const { events: deleted } = await client.listEvents({ query: { after, type: 'session.deleted', wait: 10 } });
    expect(deleted).toMatchObject([{ session: { sessionId, ...words } }]);
    const stranger = await accountOf('other-renamed@example.com');
    await expect(stranger.updateSession({ params, body: words })).rejects.toMatchObject({
      status: 404,
      code: 'SESSION_NOT_FOUND',
    });
  });

  it('is taken offline and back without a new QR code, and gets what was written to it meanwhile', async () => {
    const client = await accountOf('offline@example.com');
    const { sessionId, phone } = await linkSession(client);
    const params = { sessionId };
    expect(await client.disconnectSession({ params })).toMatchObject({ success: true, status: 'disconnected' });
    expect(await client.getSessionStatus({ params })).toMatchObject({
      ...{ status: 'disconnected', phone, hasQR: false },
      reason: 'The session was disconnected on request',
    });
    const refused = client.sendMessage({ params, body: { to: '919876500211', message: 'Nobody there' } });
    await expect(refused).rejects.toMatchObject({ status: 409, code: 'SESSION_NOT_CONNECTED' });
    await client.simulateIncomingMessage({ body: { from: '919876500211', to: phone, message: 'Anybody there?' } });
    await client.connectSession({ params });
    await untilStatus(client, sessionId, 'connected');
    await until('what was written meanwhile', async () => {
      const { data } = await client.listMessages({ query: { direction: 'in', sessionId } });
      return data.some(({ text }) => text === 'Anybody there?');
    });
  });

  it('keeps the metadata it was created with', async () => {
    const client = await accountOf('metadata@example.com');
    const metadata = { customer: '4711', 'crm.region': 'süd' };
    const { sessionId } = await client.createSession({ body: { metadata } });
    const { sessionId: plain } = await client.createSession({});
    expect(await client.getSession({ params: { sessionId } })).toMatchObject({ metadata });
    const { sessions } = await client.listSessions();
    expect(sessions.find((session) => session.sessionId === plain)).toMatchObject({ metadata: {} });
    const tooMany = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`key${i}`, 'x']));
    await expect(client.createSession({ body: { metadata: tooMany } })).rejects.toMatchObject({
      status: 400,
      code: 'VALIDATION_FAILED',
      param: 'metadata',
    });
  });

  it('of somebody else has no pairing code', async () => {
    const owner = await accountOf('owner-of-code@example.com');
    const { sessionId } = await owner.createSession({});
    const stranger = await accountOf('stranger-to-code@example.com');
    const asked = stranger.requestPairingCode({ params: { sessionId }, body: { phone: '15551230073' } });
    await expect(asked).rejects.toMatchObject({ status: 404, code: 'SESSION_NOT_FOUND' });
  });

  it('counts what it sent and received, also what came while it was offline', async () => {
    const client = await accountOf('counts@example.com');
    const { sessionId, phone } = await linkSession(client, '15551230074');
    const params = { sessionId };
    for (const message of ['one', 'two', 'three'])
      await client.sendMessage({ params, body: { to: '919876500211', message } });
    await client.simulateIncomingMessage({ body: { from: '919876500212', to: phone, message: 'while online' } });
    const untilReceived = (count: number) =>
      until(`${count} received`, async () => (await client.getSession({ params })).messagesReceived === count);
    await untilReceived(1);

    await client.injectFault({ body: { phone, kind: 'refuse-logins', code: 503 } });
    await client.injectFault({ body: { phone, kind: 'disconnect', code: 428 } });
    await untilStatus(client, sessionId, 'reconnecting');
    await client.simulateIncomingMessage({ body: { from: '919876500212', to: phone, message: 'while offline' } });
    await client.simulateIncomingMessage({ body: { from: '919876500213', to: phone, message: 'me too' } });
    expect(await client.getSession({ params })).toMatchObject({ messagesReceived: 1 });
    await client.injectFault({ body: { phone, kind: 'clear' } });
    await untilStatus(client, sessionId, 'connected');
    await untilReceived(3);
    expect(await client.getSession({ params })).toMatchObject({
      phone,
      hasQR: false,
      messagesSent: 3,
      messagesReceived: 3,
    });
  });

  it('that is deleted logs its device out', async () => {
    const client = await accountOf('leaver@example.com');
    const { sessionId, phone } = await linkSession(client, '15551230075');
    const write = () => client.simulateIncomingMessage({ body: { from: '919876500221', to: phone, message: 'hi' } });
    await write();
    expect(await client.deleteSession({ params: { sessionId } })).toMatchObject({ success: true });
    await expect(write()).rejects.toMatchObject({ status: 404, code: 'SANDBOX_PHONE_NOT_LINKED' });
    // The number is nobody's any more.
    const other = await accountOf('successor@example.com');
    await linkSession(other, phone);
  });
});

describe('the default session of the legacy API', () => {
  async function call(token: string, method: string, path: string, body?: unknown) {
    const response = await fetch(`${platform.url}/api/whatsapp/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  async function tokenOf(email: string): Promise<string> {
    const { token } = await createClient({ baseUrl: platform.url }).register({
      body: { email, password: 'securepassword123' },
    });
    return token;
  }

  it('is one, however many ask for it at the same moment', async () => {
    const token = await tokenOf('racers@example.com');
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(token, 'POST', 'init')));
    for (const { status, body } of answers) {
      expect([200, 201]).toContain(status);
      expect(body).toMatchObject({ success: true, status: 'connecting', message: expect.any(String) });
    }
    expect(new Set(answers.map(({ body }) => body.sessionId)).size).toBe(1);
    const { total } = await createClient({ baseUrl: platform.url, token }).listSessions();
    expect(total).toBe(1);
  });

  it('is created, linked and used without ever naming it, and made anew after it was deleted', async () => {
    const token = await tokenOf('single@example.com');
    const client = createClient({ baseUrl: platform.url, token });
    expect(await call(token, 'GET', 'status')).toMatchObject({ status: 404, body: { code: 'SESSION_NOT_FOUND' } });
    const { sessionId } = (await call(token, 'POST', 'init')).body;
    const { qrCode } = (await call(token, 'GET', 'qr')).body;
    await client.scanQr({ body: { qrCode: String(qrCode) } });
    await until('connected', async () => (await call(token, 'GET', 'status')).body.status === 'connected');
    const sent = await call(token, 'POST', 'send', { number: '919876500231', message: 'the old way' });
    expect(sent).toMatchObject({ status: 200, body: { success: true, message: 'Message sent successfully' } });
    expect(await call(token, 'POST', 'init')).toMatchObject({ status: 200, body: { sessionId, status: 'connected' } });

    await client.deleteSession({ params: { sessionId: String(sessionId) } });
    const next = await call(token, 'POST', 'init');
    expect(next).toMatchObject({ status: 201, body: { success: true } });
    expect(next.body.sessionId).not.toBe(sessionId);
  });

  it('needs a token, unless the installation opens it', async () => {
    const init = await fetch(`${platform.url}/api/whatsapp/init`, { method: 'POST' });
    expect(init.status).toBe(401);
  });
});
