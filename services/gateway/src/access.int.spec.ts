/** Who may do what: access tokens, API keys and plans, on gateways that know each other only through the bus. */
import { randomUUID } from 'node:crypto';
import { streams } from '@wam/contracts';
import { answer } from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CallOptions, call } from './testing/call.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let harness: Harness;
let tenant: string;
beforeAll(async () => {
  harness = await startHarness({ COMMAND_WAIT_LIMIT: '100ms' });
});
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  tenant = randomUUID();
  harness.forgetScripts();
  harness.answers.set('listSessions', answer(200, { sessions: [], total: 0 }));
});
const api = (path: string, options: CallOptions) => call(harness.gateway.address, path, options);
const listSessions = async (options: CallOptions, base = harness.gateway.address) => {
  const { status, body } = await call(base, '/api/sessions', options);
  return { status, code: body.code };
};
const ok = { status: 200, code: undefined };
const unauthorized = { status: 401, code: 'UNAUTHORIZED' };

describe('an API key', () => {
  test('is accepted as a bearer token and as X-Api-Key, and services learn which one it was', async () => {
    const token = harness.accounts.addKey(tenant, { keyId: 'key_1', name: 'CRM', scopes: ['read'] });
    expect(await listSessions({ token })).toEqual(ok);
    expect(await listSessions({ headers: { 'x-api-key': token } })).toEqual(ok);
    const principal = {
      tenant,
      actor: { kind: 'apiKey', keyId: 'key_1', name: 'CRM' },
      plan: 'enterprise',
      scopes: ['read'],
      mode: 'live',
    };
    expect(harness.requests).toMatchObject([{ principal }, { principal }]);
  });

  test('that nobody made is refused as any other bad token is', async () => {
    const bad = ['wa_live_', `wa_live_${'x'.repeat(43)}`, `wa_prod_${'x'.repeat(43)}`, `wa_live_${'x'.repeat(9_000)}`];
    for (const token of bad) expect(await listSessions({ token })).toEqual(unauthorized);
  });

  test('cannot do what its scopes leave out, and reads which one is missing', async () => {
    const token = harness.accounts.addKey(tenant, { scopes: ['read'] });
    const { status, body } = await api('/api/sessions', { token, body: {} });
    expect(status).toBe(403);
    expect(body).toMatchObject({
      code: 'SCOPE_MISSING',
      message: 'This API key lacks the scope manage',
      details: { scope: 'manage', scopes: ['read'] },
    });
  });

  test('is named in the commands it gives', async () => {
    const token = harness.accounts.addKey(tenant, { keyId: 'key_2' });
    const sessionId = harness.addSession(tenant);
    await api(`/api/sessions/${sessionId}/send`, { token, body: { to: '919876543210', message: 'Hello' } });
    await eventually(() => expect(harness.commands).toMatchObject([{ tenant, actor: 'key:key_2' }]));
  });

  test('that is revoked on one gateway is refused by every other one', async () => {
    const other = await harness.startGateway();
    const token = harness.accounts.addKey(tenant);
    for (const base of [harness.gateway.address, other.address])
      expect(await listSessions({ token }, base)).toEqual(ok);
    harness.accounts.revokeKey(token);
    // Known a moment ago: nobody asks auth, until the event is there.
    expect(await listSessions({ token }, other.address)).toEqual(ok);
    await harness.publishAccountEvent(tenant, 'ApiKeyRevoked', { accountId: tenant, keyId: 'key' });
    for (const base of [harness.gateway.address, other.address])
      await eventually(async () => expect(await listSessions({ token }, base)).toEqual(unauthorized), {
        timeoutMs: 2_000,
      });
    await other.stop();
  });
});

describe('a test key', () => {
  let token: string;
  beforeEach(() => {
    token = harness.accounts.addKey(tenant, { mode: 'test' });
  });

  test.each([
    ['POST', '/send', { to: '919876543210', message: 'Hello' }],
    ['POST', '/connect', undefined],
    ['DELETE', '', undefined],
    ['GET', '/qr', undefined],
    ['GET', '/status', undefined],
    ['GET', '', undefined],
  ])('%s %s of a live session is refused, and of a session of others is not found', async (method, path, body) => {
    const live = harness.addSession(tenant, 'whatsapp');
    const theirs = harness.addSession(randomUUID(), 'whatsapp');
    expect((await api(`/api/sessions/${live}${path}`, { method, token, body })).body.code).toBe(
      'TEST_KEY_ON_LIVE_SESSION',
    );
    expect((await api(`/api/sessions/${theirs}${path}`, { method, token, body })).body.code).toBe('SESSION_NOT_FOUND');
    expect(harness.commands).toEqual([]);
  });

  test('cannot send in bulk through a live session', async () => {
    const body = { contacts: ['919876543210'], message: 'Hello', sessionId: harness.addSession(tenant, 'whatsapp') };
    expect((await api('/api/whatsapp/bulk-send', { token, body })).body.code).toBe('TEST_KEY_ON_LIVE_SESSION');
  });

  test('makes sessions of the sandbox, also where others are live by default', async () => {
    const live = await harness.startGateway({ WAM_DEFAULT_NETWORK: 'whatsapp' });
    const create = (body: object) => call(live.address, '/api/sessions', { token, body });
    expect((await create({})).body).toMatchObject({ success: true, network: 'sandbox' });
    expect((await create({ network: 'whatsapp' })).body.code).toBe('TEST_KEY_ON_LIVE_SESSION');
    await live.stop();
  });
});

describe('an account', () => {
  test('that ends its logins has every older token refused on every gateway', async () => {
    const other = await harness.startGateway();
    const token = await harness.issuer.token(tenant);
    for (const base of [harness.gateway.address, other.address])
      expect(await listSessions({ token }, base)).toEqual(ok);
    harness.accounts.set(tenant, { tokenGeneration: 1 });
    await harness.publishAccountEvent(tenant, 'TokensRevoked', { accountId: tenant, generation: 1 });
    for (const base of [harness.gateway.address, other.address])
      await eventually(async () => expect(await listSessions({ token }, base)).toEqual(unauthorized));
    const fresh = await harness.issuer.token(tenant, { claims: { gen: 1 } });
    expect(await listSessions({ token: fresh }, other.address)).toEqual(ok);
    await other.stop();
  });

  test('has the plan of now, whatever its token says', async () => {
    harness.accounts.set(tenant, { plan: 'starter' });
    const token = await harness.issuer.token(tenant, { claims: { plan: 'enterprise' } });
    const bulk = () =>
      api('/api/whatsapp/bulk-send', { token, body: { contacts: ['919876543210'], message: 'Hello' } });
    expect((await bulk()).body).toMatchObject({
      code: 'FEATURE_NOT_IN_PLAN',
      details: { feature: 'bulk-messaging', plan: 'starter', firstPlan: 'Growth' },
    });
    harness.accounts.set(tenant, { plan: 'growth' });
    await harness.publishAccountEvent(tenant, 'PlanChanged', { accountId: tenant, from: 'starter', to: 'growth' });
    await eventually(async () => expect((await bulk()).body.code).not.toBe('FEATURE_NOT_IN_PLAN'));
    expect(harness.requests.at(-1)).toMatchObject({ operation: 'bulkSend', principal: { plan: 'growth' } });
  });

  test('that is closed is refused', async () => {
    harness.accounts.set(tenant, { closed: true });
    expect(await listSessions({ token: await harness.issuer.token(tenant) })).toEqual(unauthorized);
  });
});

describe('the plan of an account', () => {
  test('has so many messages a day, to the last one, over two gateways that are flooded at once', async () => {
    const other = await harness.startGateway();
    harness.accounts.set(tenant, { plan: 'trial' });
    const token = await harness.issuer.token(tenant);
    const bases = [harness.gateway.address, other.address];
    const sessions = Array.from({ length: 40 }, () => harness.addSession(tenant));
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, i) =>
        call(bases[i % 2]!, `/api/sessions/${sessions[i % 40]}/send`, {
          token,
          body: { to: '919876543210', message: 'Hello' },
          headers: { prefer: 'respond-async' },
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(50);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(30);
    for (const { body, headers } of refused) {
      expect(body).toMatchObject({ code: 'DAILY_LIMIT_REACHED', details: { resetsAt: '2999-01-01T00:00:00.000Z' } });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await other.stop();
  });

  test('is not charged for messages that were not stored, or name no session of the account', async () => {
    const token = await harness.issuer.token(tenant);
    const send = (sessionId: string) =>
      api(`/api/sessions/${sessionId}/send`, {
        token,
        body: { to: '919876543210', message: 'Hello' },
        headers: { prefer: 'respond-async' },
      });
    expect((await send(randomUUID())).status).toBe(404);
    // Nobody takes the commands of this network away: the queue is full after three.
    const crowded = harness.addSession(tenant, 'whatsapp');
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await send(crowded)).status);
    expect(statuses).toEqual([202, 202, 202, 429, 429]);
    await eventually(() => expect(harness.accounts.messagesUsed(tenant)).toBe(3));
  });

  test('is charged for a message of which nobody knows whether it is stored: it may be sent', async () => {
    const stream = streams.commands.name;
    const { config } = (await harness.nc.request(`$JS.API.STREAM.INFO.${stream}`)).json<{ config: object }>();
    const acknowledge = (yes: boolean) =>
      harness.nc.request(`$JS.API.STREAM.UPDATE.${stream}`, JSON.stringify({ ...config, no_ack: !yes }));
    const gateway = await harness.startGateway({ PUBLISH_TIMEOUT: '200ms' });
    await acknowledge(false);
    const { status } = await call(gateway.address, `/api/sessions/${harness.addSession(tenant)}/send`, {
      token: await harness.issuer.token(tenant),
      body: { to: '919876543210', message: 'Hello' },
      headers: { prefer: 'respond-async' },
    });
    await acknowledge(true);
    expect(status).toBe(503);
    await eventually(() => expect(harness.commands.filter((command) => command.tenant === tenant)).toHaveLength(1));
    await gateway.stop();
    expect(harness.accounts.messagesUsed(tenant)).toBe(1);
  });

  test('has so many sessions', async () => {
    harness.accounts.set(tenant, { plan: 'trial' });
    const token = await harness.issuer.token(tenant);
    expect((await api('/api/sessions', { token, body: {} })).status).toBe(201);
    const { status, body } = await api('/api/sessions', { token, body: {} });
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'SESSION_LIMIT_REACHED' });
    await eventually(() => expect(harness.commands.filter((command) => command.tenant === tenant)).toHaveLength(1));
  });
});
