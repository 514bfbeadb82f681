import { randomUUID } from 'node:crypto';
import { internalRequests } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Gateway } from '../create-gateway.ts';
import { type CallOptions, call } from '../testing/call.ts';
import { type Harness, startHarness } from '../testing/harness.ts';

const email = 'owner@example.com';
const owner = randomUUID();
let harness: Harness;
let open: Gateway;
beforeAll(async () => {
  harness = await startHarness({ COMMAND_WAIT_LIMIT: '300ms' });
  open = await harness.startGateway({ LEGACY_OPEN_ACCOUNT: email });
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  harness.forgetScripts();
  harness.answers.set(internalRequests.accountByEmail, ({ body }) =>
    (body as { email: string }).email === email
      ? answer(200, { accountId: owner, email, plan: 'trial' })
      : refuse({ code: 'ACCOUNT_NOT_FOUND' }),
  );
});
const route = (sessionId: string) => ({ sessionId, network: 'sandbox', pool: 'sandbox' });
const firstSession = (session: ReturnType<typeof route> | null, sessionsEver = 0) =>
  harness.answers.set(internalRequests.firstSession, answer(200, { session, sessionsEver }));
const init = (options: CallOptions = {}, gateway = open) =>
  call(gateway.address, '/api/whatsapp/init', { method: 'POST', ...options });
const unauthorized = { status: 401, body: { code: 'UNAUTHORIZED' } };

describe('an installation that is open to one account', () => {
  test('serves the legacy endpoints without a token for that account', async () => {
    firstSession(null);
    expect(await init()).toMatchObject({ status: 201, body: { success: true, status: 'connecting' } });
    expect(harness.commands).toMatchObject([{ type: 'CreateSession', tenant: owner, actor: 'user' }]);
    const { principal } = harness.requests.find(({ operation }) => operation === internalRequests.firstSession)!;
    expect(principal).toMatchObject({ tenant: owner, actor: { kind: 'user', email } });
  });

  test('serves nothing else without a token', async () => {
    for (const [method, path] of [
      ['GET', '/api/sessions'],
      ['GET', '/api/messages/stats'],
      ['POST', `/api/sessions/${randomUUID()}/send`],
      ['POST', '/sandbox/messages'],
    ] as const)
      expect(await call(open.address, path, { method })).toMatchObject(unauthorized);
  });

  test('refuses a bad credential instead of falling back to the account', async () => {
    expect(await init({ token: 'bad' })).toMatchObject(unauthorized);
    expect(await init({ headers: { authorization: '' } })).toMatchObject(unauthorized);
    expect(await init({ headers: { 'x-api-key': 'bad' } })).toMatchObject(unauthorized);
    expect(harness.commands).toEqual([]);
  });

  test('knows a good credential as whose it is', async () => {
    const tenant = randomUUID();
    firstSession(null);
    expect(await init({ token: await harness.issuer.token(tenant) })).toMatchObject({ status: 201 });
    expect(harness.commands).toMatchObject([{ tenant }]);
  });

  test('refuses while there is no such account', async () => {
    const elsewhere = await harness.startGateway({ LEGACY_OPEN_ACCOUNT: 'nobody@example.com' });
    expect(await init({}, elsewhere)).toMatchObject(unauthorized);
  });
});

test('without the setting the legacy endpoints need a token like the rest', async () => {
  expect(await init({}, harness.gateway)).toMatchObject(unauthorized);
});

describe('the default session', () => {
  test('is the first one, and is connected rather than created when it is there', async () => {
    const sessionId = randomUUID();
    firstSession(route(sessionId), 3);
    expect(await init()).toMatchObject({ status: 200, body: { success: true, sessionId, status: 'connecting' } });
    expect(harness.commands).toMatchObject([{ type: 'ConnectSession', data: { sessionId } }]);
  });

  test('gets the same id from every gateway that creates it', async () => {
    firstSession(null, 2);
    const token = await harness.issuer.token(owner);
    const answers = await Promise.all([init(), init(), init({ token }, harness.gateway)]);
    expect(new Set(answers.map(({ body }) => body.sessionId)).size).toBe(1);
  });

  test('is what a legacy send goes through; without one it says how to get one', async () => {
    const sessionId = randomUUID();
    firstSession(route(sessionId), 1);
    const body = { number: '919876543210', message: 'Hello' };
    const send = () => call(open.address, '/api/whatsapp/send', { body });
    expect(await send()).toMatchObject({ status: 202, body: { success: true, status: 'accepted' } });
    expect(harness.commands).toMatchObject([
      { type: 'SendMessage', tenant: owner, data: { sessionId, to: '919876543210', text: 'Hello' } },
    ]);
    firstSession(null, 1);
    const { status, body: error } = await send();
    expect({ status, code: error.code }).toEqual({ status: 404, code: 'SESSION_NOT_FOUND' });
    expect(error.message).toContain('/api/whatsapp/init');
  });
});
