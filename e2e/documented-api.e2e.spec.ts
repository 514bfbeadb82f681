/** Every documented endpoint, called as the documentation calls it, against the documentation's own samples. */
import { createClient } from '@wam/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences } from './documented-api/differences.ts';
import * as samples from './documented-api/samples.ts';
import { type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

const { email, password } = samples.login.request;
const notOnWhatsApp = '19990000003';
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let token: string;
let sessionId: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  // The documentation's legacy examples send no token.
  platform = await startPlatform(folder.path, { LEGACY_OPEN_ACCOUNT: email });
}, 90_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

interface Answered {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what is there is what this spec finds out
  body: any;
}
async function call(method: string, path: string, body?: unknown, as: string | undefined = token): Promise<Answered> {
  const response = await fetch(platform.url + path, {
    method,
    headers: {
      // The documentation sends it with GET requests too.
      'Content-Type': 'application/json',
      ...(as === undefined ? {} : { Authorization: `Bearer ${as}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
async function withoutToken(method: string, path: string, body?: unknown): Promise<Answered> {
  const response = await fetch(platform.url + path, {
    method,
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
const scan = (qrCode: string, phone: string) =>
  createClient({ baseUrl: platform.url, token }).scanQr({ body: { qrCode, phone } });
const untilStatus = (wanted: string) =>
  until(
    `status ${wanted}`,
    async () => (await call('GET', `/api/sessions/${sessionId}/status`)).body.status === wanted,
  );

describe('the documentation of accounts', () => {
  it('POST /api/register', async () => {
    const { status, body } = await call('POST', '/api/register', samples.register.request, undefined);
    expect(status).toBe(201);
    expect(differences(body, samples.register.answer)).toEqual([]);
    expect(body).toMatchObject({ message: samples.register.answer.message, user: { email, username: 'johndoe' } });
  });

  it('POST /api/register without username takes the part before the @', async () => {
    const { body } = await call('POST', '/api/register', { email: 'jane.doe@example.com', password }, undefined);
    expect(body.user).toMatchObject({ username: 'jane.doe' });
  });

  it('POST /api/login', async () => {
    const { status, body } = await call('POST', '/api/login', samples.login.request, undefined);
    expect(status).toBe(200);
    expect(differences(body, samples.login.answer)).toEqual([]);
    expect(body.message).toBe(samples.login.answer.message);
    token = body.token;
  });
});

describe('the documentation of sessions', () => {
  it('POST /api/sessions', async () => {
    const { status, body } = await call('POST', '/api/sessions', samples.createSession.request);
    expect(status).toBe(201);
    expect(differences(body, samples.createSession.answer)).toEqual([]);
    const { sessionId: _, ...literal } = samples.createSession.answer;
    expect(body).toMatchObject(literal);
    sessionId = body.sessionId;
  });

  it('GET /api/sessions/:sessionId/qr, asked once right after creating', async () => {
    const { status, body } = await call('GET', `/api/sessions/${sessionId}/qr`);
    expect(status).toBe(200);
    expect(differences(body, samples.qr.answer)).toEqual([]);
    expect(body.status).toBe('pending');
    const validForMs = Date.parse(body.expiresAt) - Date.now();
    expect(validForMs).toBeGreaterThan(30_000);
    expect(validForMs).toBeLessThanOrEqual(60_000);
    await untilStatus('pending');
    expect((await call('GET', `/api/sessions/${sessionId}`)).body).toMatchObject({ hasQR: true, phone: null });
    await scan(body.qrCode, samples.session.phone.replace('91', '1'));
    await untilStatus('connected');
  });

  it('GET /api/sessions/:sessionId/status', async () => {
    const { status, body } = await call('GET', `/api/sessions/${sessionId}/status`);
    expect(status).toBe(200);
    expect(samples.statusValues).toContain(body.status);
    expect(body).toMatchObject({ sessionId, status: 'connected' });
  });

  it('GET /api/sessions', async () => {
    const { status, body } = await call('GET', '/api/sessions');
    expect(status).toBe(200);
    expect(differences(body, samples.listSessions.answer)).toEqual([]);
    const { name, description, hasQR } = samples.session;
    expect(body).toMatchObject({ total: 1, sessions: [{ sessionId, name, description, status: 'connected', hasQR }] });
  });

  it('GET /api/sessions/:sessionId', async () => {
    const { status, body } = await call('GET', `/api/sessions/${sessionId}`);
    expect(status).toBe(200);
    expect(differences(body, samples.session)).toEqual([]);
  });

  it('POST /api/sessions/:sessionId/connect', async () => {
    const { body: created } = await call('POST', '/api/sessions', {});
    const { status, body } = await call('POST', `/api/sessions/${created.sessionId}/connect`);
    expect(status).toBe(200);
    expect(differences(body, samples.connectSession.answer)).toEqual([]);
    expect(body).toEqual({ ...samples.connectSession.answer, sessionId: created.sessionId });
    await call('DELETE', `/api/sessions/${created.sessionId}`);
  });
});

describe('the documentation of messages', () => {
  it('POST /api/sessions/:sessionId/send', async () => {
    const { status, body } = await call('POST', `/api/sessions/${sessionId}/send`, samples.send.request);
    expect(status).toBe(200);
    expect(body).toMatchObject(samples.send.answer);
  });

  it('GET /api/messages/failed', async () => {
    const [sample] = samples.failed.answer.messages;
    await call('POST', `/api/sessions/${sessionId}/send`, {
      to: notOnWhatsApp,
      message: 'Hello, this is a test message',
    });
    const { status, body } = await call('GET', '/api/messages/failed?limit=5');
    expect(status).toBe(200);
    // An id is text; ours are no numbers.
    const expected = { ...samples.failed.answer, messages: [{ ...sample!, id: 'text' }] };
    expect(differences(body, expected)).toEqual([]);
    const { error, message } = sample!;
    expect(body).toMatchObject({ success: true, count: 1, messages: [{ recipient: notOnWhatsApp, error, message }] });
  });

  it('GET /api/messages/stats', async () => {
    const { status, body } = await call('GET', '/api/messages/stats');
    expect(status).toBe(200);
    expect(differences(body, samples.stats.answer)).toEqual([]);
    expect(body.chart.labels).toHaveLength(7);
    for (const name of ['sent', 'delivered', 'read', 'failed']) expect(body.chart[name]).toHaveLength(7);
    const { sent, failed, total } = body.totals;
    expect({ sent, failed, total }).toEqual({ sent: 1, failed: 1, total: 2 });
  });

  it('POST /api/whatsapp/bulk-send, without a token, as its example', async () => {
    const { contacts } = samples.bulkSend.request;
    const request = { ...samples.bulkSend.request, contacts: [contacts[0], contacts[1], notOnWhatsApp], delay: 200 };
    const { status, body } = await withoutToken('POST', '/api/whatsapp/bulk-send', request);
    expect(status).toBe(200);
    expect(differences(body, samples.bulkSend.answer)).toEqual([]);
    const results = samples.bulkSend.answer.results.with(2, {
      ...samples.bulkSend.answer.results[2]!,
      contact: notOnWhatsApp,
    });
    expect(body).toMatchObject({ ...samples.bulkSend.answer, results });
  });
});

describe('the documentation of the legacy endpoints, without a token', () => {
  it('POST /api/whatsapp/init uses the session that is there', async () => {
    const { status, body } = await withoutToken('POST', '/api/whatsapp/init');
    expect({ status, body }).toMatchObject({ status: 200, body: { success: true, sessionId, status: 'connected' } });
    expect(body.message).toEqual(expect.any(String));
  });

  it('GET /api/whatsapp/qr and /status answer as those of the session', async () => {
    expect((await withoutToken('GET', '/api/whatsapp/qr')).body).toEqual(
      (await call('GET', `/api/sessions/${sessionId}/qr`)).body,
    );
    expect((await withoutToken('GET', '/api/whatsapp/status')).body).toEqual(
      (await call('GET', `/api/sessions/${sessionId}/status`)).body,
    );
  });

  it('POST /api/whatsapp/send', async () => {
    const { status, body } = await withoutToken('POST', '/api/whatsapp/send', samples.legacySend.request);
    expect(status).toBe(200);
    expect(body).toMatchObject(samples.legacySend.answer);
  });
});

describe('the documentation of errors', () => {
  it('404 has exactly the words of the sample', async () => {
    const { status, body } = await call('GET', '/api/sessions/00000000-0000-4000-8000-000000000000');
    expect(status).toBe(404);
    expect(body).toMatchObject(samples.error.answer);
  });

  it.each([
    [400, 'POST', '/api/sessions/:id/send', { to: '+919876543210', message: 'with a plus sign' }, true],
    [401, 'GET', '/api/sessions', undefined, false],
    [404, 'GET', '/api/nothing', undefined, true],
  ] as const)('%d has the fields of the sample: %s %s', async (wanted, method, path, body, known) => {
    const url = path.replace(':id', sessionId);
    const { status, body: answered } = known ? await call(method, url, body) : await withoutToken(method, url, body);
    expect(status).toBe(wanted);
    expect(differences(answered, samples.error.answer)).toEqual([]);
  });

  it('the rate limit is in the headers of every answer', async () => {
    const { headers } = await call('GET', '/api/sessions');
    for (const name of ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'])
      expect(headers.get(name), name).toMatch(/^\d+$/);
    expect(Number(headers.get('X-RateLimit-Reset')) * 1000).toBeGreaterThan(Date.now() - 1000);
  });
});

describe('the documentation of deleting', () => {
  it('DELETE /api/sessions/:sessionId', async () => {
    const { status, body } = await call('DELETE', `/api/sessions/${sessionId}`);
    expect({ status, body }).toEqual({ status: 200, body: { success: true, message: 'Session deleted successfully' } });
    expect((await call('GET', `/api/sessions/${sessionId}`)).body).toMatchObject(samples.error.answer);
  });
});
